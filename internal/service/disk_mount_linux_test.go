package service_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// ownDisk is set in the process in which a test has its own disk.
const ownDisk = "EXTENDBOT_TEST_DISK"

// disk is a small file system that only this process sees.
type disk struct {
	t   *testing.T
	dir string
}

// onADisk runs a test with its own disk. To mount one without privileges, it
// runs the test again in a process with its own user and mount namespace.
func onADisk(t *testing.T, test func(d disk)) {
	t.Helper()
	if os.Getenv(ownDisk) == "" {
		inOwnProcess(t, &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		})
		return
	}
	d := disk{t: t, dir: t.TempDir()}
	for _, err := range []error{
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("disk", d.dir, "tmpfs", 0, "size=6m,mode=0700"),
	} {
		if err != nil {
			t.Fatalf("mount: %v", err)
		}
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	test(d)
}

// inOwnProcess runs the test again in its own process.
func inOwnProcess(t *testing.T, how *syscall.SysProcAttr) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servicetest.MaxTest+servicetest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // this test binary
	cmd.Env = append(os.Environ(), ownDisk+"=1")
	cmd.SysProcAttr = how
	out, err := cmd.CombinedOutput()
	if exited, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Skipf("this machine does not allow such a process: %v", err)
	} else if ok {
		t.Fatalf("%v\n%s", exited, out)
	}
}

// harness returns a harness whose database is on the disk. Nothing is running
// yet.
func (d disk) harness() *servicetest.Harness {
	d.t.Helper()
	h := servicetest.New(d.t, slacksim.Config{})
	h.UseDatabase(stage.SQLiteURL(d.dir))
	return h
}

// full returns the fault of a disk without a free byte.
func (d disk) full() diskFault { return diskFault{"the disk is full", d.fill, d.free} }

// fill leaves no byte free.
func (d disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("fill the disk: %v", err)
	}
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// free makes room again.
func (d disk) free() {
	d.t.Helper()
	if err := os.Remove(d.filler()); err != nil {
		d.t.Fatal(err)
	}
}

func (d disk) filler() string { return filepath.Join(d.dir, "filler") }

// readOnly makes the disk read-only or writable. No file on it may be open.
func (d disk) readOnly(yes bool) {
	d.t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("disk", d.dir, "tmpfs", flags, "size=6m,mode=0700"); err != nil {
		d.t.Fatal(err)
	}
}
