package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// MaxFile is the maximum size of a secret's file, in bytes.
const MaxFile = 64 << 10

// ReadFile returns the content of a file without its last line break. The error
// says what is wrong with the file. It contains the path, unless that looks like
// a secret itself, and never the content.
func ReadFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case info.IsDir():
		return "", errors.New(path + " is a directory")
	case info.Mode()&fs.ModeNamedPipe != 0 && !strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/proc/"):
		return "", errors.New(path + " is a named pipe, and waiting for it could take forever; it must be a file")
	case info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows":
		return "", errors.New(path + " is writable by everyone on this machine; run chmod o-w on it")
	}
	file, err := os.Open(path) //nolint:gosec // the path is a setting
	if err != nil {
		return "", unreadable(path, err)
	}
	defer file.Close() //nolint:errcheck // opened only for reading
	content, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case text == "":
		return "", errors.New(path + " is empty")
	case len(content) > MaxFile:
		return "", fmt.Errorf("%s is larger than %d bytes", path, MaxFile)
	}
	return text, nil
}

// unreadable says why a file cannot be read. A text without a separator may be
// the secret instead of a path, so it is not repeated.
func unreadable(path string, err error) error {
	if !strings.ContainsAny(path, "/"+string(os.PathSeparator)) {
		return errors.New("no file with that name can be read")
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("%s cannot be read: %w", path, err)
}
