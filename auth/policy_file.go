package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"extendbot/internal/fileaccess"
)

const (
	// maxFileSize is the maximum size of a policy file, in bytes. The rules of the
	// largest team are far smaller; a larger file is not a policy file.
	maxFileSize = 1 << 20
	// readTries is how often a file is read again if it changed during the read.
	readTries = 3
)

// policyFile is a policy file and the ruleset that was last read from it.
type policyFile struct {
	path   string
	notify func(error)

	mu    sync.Mutex
	read  bool // text is what the file contained
	text  []byte
	rules *ruleset
	err   error // why there are no rules
}

// OpenRules reads the policy file at path and returns the rules in it. The error
// joins one [*Mistake] for each thing that is wrong with the file.
//
// The rules read the file at each question, so that no change is missed, whatever
// its size and time say. While it cannot be read or has a mistake, or while
// others could change it, they answer every question with
// [order.CodeUnavailable] and the reason. Once it is fixed, they answer again.
// To change the file, rename a new one onto it. A file that is written in place
// may be read half written, and then everybody is refused for a moment.
//
// notify is called once for each change: with nil if the file was read again, or
// with the reason why it cannot be used. It must return soon and must not use
// the rules. It may be nil.
func OpenRules(path string, notify func(error)) (*Rules, error) {
	if notify == nil {
		notify = func(error) {}
	}
	f := &policyFile{path: path, notify: func(error) {}}
	if _, err := f.current(); err != nil {
		return nil, err
	}
	f.notify = notify
	return &Rules{current: f.current, file: path}, nil
}

// current returns the current rules in the file.
func (f *policyFile) current() (*ruleset, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refresh() {
		f.notify(f.err)
	}
	return f.rules, f.err
}

// refresh reads the file, and reports whether it changed.
func (f *policyFile) refresh() (changed bool) {
	text, err := readUnchanged(f.path)
	if err != nil {
		changed = f.read || f.err == nil
		f.read, f.text, f.rules = false, nil, nil
		f.err = fmt.Errorf("policy file: %w", err)
		return changed
	}
	if f.read && bytes.Equal(text, f.text) {
		return false
	}
	f.read, f.text = true, text
	f.rules, f.err = parsePolicyYAML(f.path, text)
	return true
}

// readUnchanged reads a file that nobody else can change. It reads it again if it
// was written meanwhile, so that no rules come from half a file.
func readUnchanged(path string) ([]byte, error) {
	file, err := openPolicyFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // opened only for reading
	var last []byte
	for try := range readTries {
		text, err := io.ReadAll(io.NewSectionReader(file, 0, maxFileSize+1))
		switch {
		case err != nil:
			return nil, err
		case len(text) > maxFileSize:
			return nil, tooLarge(path)
		case try > 0 && bytes.Equal(text, last):
			return text, nil
		}
		last = text
	}
	return nil, &Mistake{File: path, What: "was changed while it was being read"}
}

func tooLarge(path string) error {
	return &Mistake{File: path, What: fmt.Sprintf("is larger than %d bytes", maxFileSize)}
}

// openPolicyFile opens a file, if nobody else can change it.
func openPolicyFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // opening a pipe would block
		return nil, &Mistake{File: path, What: "is not a regular file"}
	}
	file, err := os.Open(path) //nolint:gosec // the path is a setting
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = checkAccess(path, info, fileaccess.ReadOnly)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
