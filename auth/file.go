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
	// maxFile is how large a policy file may be, in bytes. The longest team
	// list is far below it; what is above is another file.
	maxFile = 1 << 20
	// settleTime is how old a change must be before its time can be trusted to
	// tell it from the next one. The coarsest file systems count in two
	// seconds.
	settleTime = 2 * time.Second
	// readTries is how often a file is read that is being written meanwhile.
	readTries = 3
)

// policyFile is a policy file and the book that was last made of it.
type policyFile struct {
	path   string
	notify func(error)
	now    func() time.Time

	mu      sync.Mutex
	seen    os.FileInfo // of the text; nil if there is none
	settled bool        // seen tells whether the file is still the same
	text    []byte
	book    *book
	err     error // why there is no book
}

// OpenRules reads the policy file at path and returns the rules in it. The
// error tells all that is wrong with the file, a [*Mistake] for each thing.
//
// The file is looked at on each question and read again if it changed. As long
// as it cannot be read or has a mistake, every answer is order.CodeUnavailable
// with the reason; when it is mended all is well again. Replace the file by
// renaming a new one onto it: one that is written in place can be met half
// written, which is a moment of refusals.
//
// notify is told, once for each change, that the file was read again (nil) or
// why it cannot be used. It must return soon and not ask the rules; it may be
// nil.
func OpenRules(path string, notify func(error)) (*Rules, error) {
	if notify == nil {
		notify = func(error) {}
	}
	f := &policyFile{path: path, notify: func(error) {}, now: time.Now}
	if _, err := f.read(); err != nil {
		return nil, err
	}
	f.notify = notify
	return &Rules{read: f.read}, nil
}

// read gives the book of the file as it is now.
func (f *policyFile) read() (*book, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refresh() {
		f.notify(f.err)
	}
	return f.book, f.err
}

// refresh looks at the file and says whether that was news.
func (f *policyFile) refresh() (news bool) {
	info, err := checkPolicyFile(f.path)
	if err != nil {
		return f.lose(err)
	}
	if f.seen != nil && f.settled && same(f.seen, info) {
		return false
	}
	text, info, err := readSteady(f.path)
	if err != nil {
		return f.lose(err)
	}
	known := f.seen != nil && bytes.Equal(text, f.text)
	f.seen, f.text = info, text
	f.settled = f.now().Sub(info.ModTime()) > settleTime
	if known {
		return false
	}
	f.book, f.err = parseDocument(f.path, text)
	return true
}

// lose notes that there is nothing to read; it is news the first time.
func (f *policyFile) lose(err error) (news bool) {
	news = f.seen != nil || f.err == nil
	f.seen, f.text, f.book = nil, nil, nil
	f.err = fmt.Errorf("policy file: %w", err)
	return news
}

// checkPolicyFile looks whether there is a file that may be opened.
func checkPolicyFile(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a pipe would keep the reader waiting
		return nil, &Mistake{File: path, What: "is not a regular file"}
	case info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows":
		return nil, &Mistake{File: path, What: "may be written by everybody on this machine; take that right away (chmod o-w)"}
	case info.Size() > maxFile:
		return nil, &Mistake{File: path, What: fmt.Sprintf("is larger than %d bytes", maxFile)}
	}
	return info, nil
}

// readSteady reads a file that does not change meanwhile, so that no answer
// rests on half of it.
func readSteady(path string) ([]byte, os.FileInfo, error) {
	for range readTries {
		text, before, after, err := readBetween(path)
		if err != nil {
			return nil, nil, err
		}
		if same(before, after) && int64(len(text)) == after.Size() {
			return text, after, nil
		}
	}
	return nil, nil, &Mistake{File: path, What: "was being written while it was read"}
}

// readBetween reads a file and looks at it before and after.
func readBetween(path string) (text []byte, before, after os.FileInfo, err error) {
	file, err := os.Open(path) //nolint:gosec // the path is a setting
	if err != nil {
		return nil, nil, nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	if before, err = file.Stat(); err != nil {
		return nil, nil, nil, err
	}
	if text, err = io.ReadAll(io.LimitReader(file, maxFile+1)); err != nil {
		return nil, nil, nil, err
	}
	after, err = file.Stat()
	return text, before, after, err
}

// same says whether two looks met the same file, unchanged.
func same(x, y os.FileInfo) bool {
	return os.SameFile(x, y) && x.Size() == y.Size() && x.ModTime().Equal(y.ModTime())
}
