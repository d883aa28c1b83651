package auth

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// maxFileSize is the maximum size of a policy file, in bytes. The rules of the
	// largest team are far smaller; a larger file is not a policy file.
	maxFileSize = 1 << 20
	// reliableAge is how old the last change of a file must be before its time
	// reliably differs from that of a later change. The coarsest file systems store
	// times in steps of two seconds.
	reliableAge = 2 * time.Second
	// readTries is how often a file is read again if it changed during the read.
	readTries = 3
)

// policyFile is a policy file and the ruleset that was last read from it.
type policyFile struct {
	path   string
	notify func(error)
	now    func() time.Time

	mu           sync.Mutex
	info         os.FileInfo // of text; nil if there is no text
	infoReliable bool        // an equal info means that the file did not change
	text         []byte
	rules        *ruleset
	err          error // why there are no rules
}

// OpenRules reads the policy file at path and returns the rules in it. The error
// joins one [*Mistake] for each thing that is wrong with the file.
//
// The rules check the file at each question and read it again if it changed.
// While it cannot be read or has a mistake, they answer every question with
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
	f := &policyFile{path: path, notify: func(error) {}, now: time.Now}
	if _, err := f.current(); err != nil {
		return nil, err
	}
	f.notify = notify
	return &Rules{current: f.current}, nil
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

// refresh reads the file if it changed, and reports whether it did.
func (f *policyFile) refresh() (changed bool) {
	info, err := checkPolicyFile(f.path)
	if err != nil {
		return f.fail(err)
	}
	if f.info != nil && f.infoReliable && sameFile(f.info, info) {
		return false
	}
	text, info, err := readUnchanged(f.path)
	if err != nil {
		return f.fail(err)
	}
	known := f.info != nil && bytes.Equal(text, f.text)
	f.info, f.text = info, text
	f.infoReliable = f.now().Sub(info.ModTime()) > reliableAge
	if known {
		return false
	}
	f.rules, f.err = parsePolicyYAML(f.path, text)
	return true
}

// fail records that the file cannot be read. It reports whether that is a
// change: the file could be read before, or was never read.
func (f *policyFile) fail(err error) (changed bool) {
	changed = f.info != nil || f.err == nil
	f.info, f.text, f.rules = nil, nil, nil
	f.err = fmt.Errorf("policy file: %w", err)
	return changed
}

// checkPolicyFile returns the file's info, or an error if the file must not be
// opened.
func checkPolicyFile(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // opening a pipe would block
		return nil, &Mistake{File: path, What: "is not a regular file"}
	case info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows":
		return nil, &Mistake{File: path, What: "is writable by everyone on this machine; run chmod o-w on it"}
	case info.Size() > maxFileSize:
		return nil, &Mistake{File: path, What: fmt.Sprintf("is larger than %d bytes", maxFileSize)}
	}
	return info, nil
}

// readUnchanged reads a file and makes sure that it did not change during the
// read, so that no rules come from half a file.
func readUnchanged(path string) ([]byte, os.FileInfo, error) {
	for range readTries {
		text, before, after, err := readWithStats(path)
		if err != nil {
			return nil, nil, err
		}
		if sameFile(before, after) && int64(len(text)) == after.Size() {
			return text, after, nil
		}
	}
	return nil, nil, &Mistake{File: path, What: "was changed while it was being read"}
}

// readWithStats reads a file and returns its info from before and after the
// read.
func readWithStats(path string) (text []byte, before, after os.FileInfo, err error) {
	file, err := os.Open(path) //nolint:gosec // the path is a setting
	if err != nil {
		return nil, nil, nil, err
	}
	defer file.Close() //nolint:errcheck // opened only for reading
	if before, err = file.Stat(); err != nil {
		return nil, nil, nil, err
	}
	if text, err = io.ReadAll(io.LimitReader(file, maxFileSize+1)); err != nil {
		return nil, nil, nil, err
	}
	after, err = file.Stat()
	return text, before, after, err
}

// sameFile reports whether x and y describe the same, unchanged file.
func sameFile(x, y os.FileInfo) bool {
	return os.SameFile(x, y) && x.Size() == y.Size() && x.ModTime().Equal(y.ModTime())
}
