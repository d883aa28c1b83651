// Package release checks what can be checked of releases without making one: the workflows,
// the image, and the configuration of what a release contains.
package release
