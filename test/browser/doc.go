// Package browser clicks through the page of the local demo in a real browser, the way people
// do: it finds things by the role and the name that a screen reader announces, never by how
// they look. Every window fails its test on an error in the console, on a violation of the
// content security policy, on a failed request, and on a request that leaves the machine.
//
// The tests use the Chromium that scripts/chromium-for-tests finds or installs.
package browser
