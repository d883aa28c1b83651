package settings

import (
	"os"
	"path/filepath"

	"extendbot/internal/fileaccess"
)

// checkAccess makes it a mistake if everyone can replace the file of a secret, and
// notes who else can read or change it. What is mounted read-only is as safe as
// its container. That everyone can write the file itself, and that it cannot be
// read, is a mistake that secret.ReadFile reports.
func (c *checker) checkAccess(from, path string) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || fileaccess.ReadOnly(path) {
		return
	}
	a := fileaccess.Of(info)
	switch {
	case replaceable(path):
		c.wrong(from, path+" is in a folder in which everyone on this machine can replace files; run chmod o-w on the folder")
	case a.AnotherOwner():
		c.warn(from, path+" belongs to another user, who can change it; run chown on it")
	case a.GroupWrites():
		c.warn(from, path+" can be written by its group; run chmod g-w on it")
	case a.EveryoneReads():
		c.warn(from, path+" can be read by everyone on this machine; run chmod o-r on it")
	}
}

// replaceable reports whether everyone can put another file in the place of the
// one at path, or of the one that it leads to.
func replaceable(path string) bool {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	for _, folder := range []string{filepath.Dir(path), filepath.Dir(target)} {
		if info, err := os.Stat(folder); err == nil && fileaccess.Of(info).EveryoneWrites() {
			return true
		}
	}
	return false
}

func (c *checker) warn(name, what string) {
	c.warnings = append(c.warnings, name+": "+what)
}
