package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A process's memory and processor time come from /proc. Without it, as on
// systems other than Linux, their rows are left out.

// ticksPerSecond is USER_HZ, which is 100 wherever Go runs on Linux.
const ticksPerSecond = 100

var errNoProc = errors.New("there is no /proc")

// Fields of /proc/<pid>/stat, counted from the one after the name. See
// proc_pid_stat(5).
const (
	statParent    = 1
	statUser      = 11
	statSystem    = 12
	statEndUser   = 13 // of children that have ended
	statEndSystem = 14
)

// stat returns fields of a process.
func stat(pid int, fields ...int) ([]int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoProc, err)
	}
	// The name before the last parenthesis may contain blanks.
	all := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	values := make([]int64, len(fields))
	for i, field := range fields {
		if field >= len(all) {
			return nil, errNoProc
		}
		if values[i], err = strconv.ParseInt(all[field], 10, 64); err != nil {
			return nil, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
	}
	return values, nil
}

// cpuTime returns the processor time that a process has used, in user and kernel
// mode.
func cpuTime(pid int) (time.Duration, error) { return ticks(stat(pid, statUser, statSystem)) }

// childrenTime returns the processor time of the children of a process that have
// ended.
func childrenTime(pid int) (time.Duration, error) {
	return ticks(stat(pid, statEndUser, statEndSystem))
}

func ticks(counts []int64, err error) (time.Duration, error) {
	var sum int64
	for _, n := range counts {
		sum += n
	}
	return time.Duration(sum) * time.Second / ticksPerSecond, err
}

// parentOf returns the parent of a process, or 0 if it is unknown.
func parentOf(pid int) int {
	found, err := stat(pid, statParent)
	if err != nil {
		return 0
	}
	return int(found[0])
}

// residentMemory returns how many bytes of a process are in memory. See
// proc_pid_status(5).
func residentMemory(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errNoProc, err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kB << 10, err
		}
	}
	return 0, errNoProc
}

// loadAverage returns the load of the machine in the last minute, or "?" if
// unknown.
func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil || len(raw) == 0 {
		return "?"
	}
	return strings.Fields(string(raw))[0]
}
