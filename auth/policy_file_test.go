package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/fileaccess"
	"extendbot/order"
)

const (
	policyA = "servers: {web-1: S1}\npeople: {U0ALICE: {account: aaa}}\n"
	policyB = "servers: {web-1: S1}\npeople: {U0ALICE: {account: bbb}}\n"
	broken  = "servers: {web-1: S1}\npeople: {U0ALICE: {acount: aaa}}\n"
)

// watchedFile is a policy file, its policy, and the notifications.
type watchedFile struct {
	t      *testing.T
	path   string
	rules  *Rules
	policy *Policy

	mu      sync.Mutex
	changes []error
}

func watch(t *testing.T, text string) *watchedFile {
	t.Helper()
	w := &watchedFile{t: t, path: filepath.Join(t.TempDir(), "policy.yaml")}
	w.write(text)
	rules, err := OpenRules(w.path, func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.changes = append(w.changes, err)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.rules, w.policy = rules, rules.ForTeam(team, nil)
	return w
}

func (w *watchedFile) write(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// replace renames a new file onto the policy file.
func (w *watchedFile) replace(text string) {
	w.t.Helper()
	next := w.path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(next, w.path); err != nil {
		w.t.Fatal(err)
	}
}

// account returns the account that would pay for alice, or "" if she is refused.
func (w *watchedFile) account() (string, error) {
	g, err := w.policy.Grant(w.t.Context(), person("U0ALICE"), "web-1")
	return g.Account, err
}

func (w *watchedFile) wantAccount(want string) {
	w.t.Helper()
	if got, err := w.account(); err != nil || got != want {
		w.t.Fatalf("got account %q, %v; want %q", got, err, want)
	}
}

func (w *watchedFile) wantUnavailable() error {
	w.t.Helper()
	_, err := w.account()
	if order.CodeOf(err) != order.CodeUnavailable {
		w.t.Fatalf("got %v, want %s", err, order.CodeUnavailable)
	}
	if got, err := w.policy.Servers(person("U0ALICE")); got != nil || order.CodeOf(err) != order.CodeUnavailable {
		w.t.Fatalf("servers %v from rules that cannot be used", got)
	}
	return err
}

func (w *watchedFile) wantChanges(want ...bool) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.changes) != len(want) {
		w.t.Fatalf("got changes %v, want %d", w.changes, len(want))
	}
	for i, err := range w.changes {
		if (err == nil) != want[i] {
			w.t.Errorf("change %d is %v", i, err)
		}
	}
}

// A file that is replaced by renaming is read again, once.
func TestPolicyFile_Replaced(t *testing.T) {
	w := watch(t, policyA)
	w.wantAccount("aaa")
	w.replace(policyB)
	w.wantAccount("bbb")
	w.wantAccount("bbb")
	w.wantChanges(true)
}

// A change is noticed at once, even if neither the size nor the time of the file
// shows it.
func TestPolicyFile_WrittenInPlace(t *testing.T) {
	w := watch(t, policyA)
	for range 50 { // as fast as possible: the size is the same, and the time may be, too
		w.write(policyB)
		w.wantAccount("bbb")
		w.write(policyA)
		w.wantAccount("aaa")
	}
}

// A file that is edited in place and keeps its size and its time, such as by a
// tool that restores the time, is noticed too. So is a mistake in it.
func TestPolicyFile_SameSizeAndTime(t *testing.T) {
	w := watch(t, policyA)
	old := time.Now().Add(-time.Hour)
	keepTime := func() {
		t.Helper()
		if err := os.Chtimes(w.path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	keepTime()
	w.wantAccount("aaa")
	w.write(policyB)
	keepTime()
	w.wantAccount("bbb")
	w.write(strings.Replace(policyB, "account", "acc0unt", 1))
	keepTime()
	_ = w.wantUnavailable()
	if err := w.rules.Err(); err == nil {
		t.Error("the rules are fine")
	}
	w.write(policyA)
	keepTime()
	if err := w.rules.Err(); err != nil {
		t.Error(err)
	}
	w.wantAccount("aaa")
	w.wantChanges(true, false, true)
}

// A Kubernetes config map is changed by swapping a symlink of a folder.
func TestPolicyFile_SymlinkSwap(t *testing.T) {
	dir := t.TempDir()
	point := func(to, text string) {
		t.Helper()
		next := filepath.Join(dir, "..data_tmp")
		if err := errors.Join(os.Mkdir(filepath.Join(dir, to), 0o755), //nolint:gosec // as Kubernetes creates it
			os.WriteFile(filepath.Join(dir, to, "policy.yaml"), []byte(text), 0o600),
			os.Symlink(to, next), os.Rename(next, filepath.Join(dir, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	point("..1", policyA)
	path := filepath.Join(dir, "policy.yaml")
	if err := os.Symlink(filepath.Join("..data", "policy.yaml"), path); err != nil {
		t.Fatal(err)
	}
	rules, err := OpenRules(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &watchedFile{t: t, path: path, rules: rules, policy: rules.ForTeam(team, nil)}
	w.wantAccount("aaa")
	point("..2", policyB)
	w.wantAccount("bbb")
	if err := os.Chmod(filepath.Join(dir, "..2"), 0o777); err != nil {
		t.Fatal(err)
	}
	_ = w.wantUnavailable()
}

// While the file has a mistake, every question is refused. Once it is fixed,
// questions are answered again. Each change is notified once.
func TestPolicyFile_BrokenRefusesUntilFixed(t *testing.T) {
	w := watch(t, policyA)
	w.replace(broken)
	err := w.wantUnavailable()
	_ = w.wantUnavailable()
	if m, ok := errors.AsType[*Mistake](err); !ok || m.File != w.path || m.Line != 2 {
		t.Errorf("got %v, want file and line", err)
	}
	o := order.Order{Person: person("U0ALICE"), Account: "aaa", Server: order.Server{ID: "S1"}}
	if _, err := w.policy.MayApprove(t.Context(), person("U0ALICE"), o); order.CodeOf(err) != order.CodeUnavailable {
		t.Errorf("a decision under broken rules: %v", err)
	}
	w.replace(policyB)
	w.wantAccount("bbb")
	w.wantChanges(false, true)
}

// While the file is missing, every question is refused. Once it is back,
// questions are answered again. Each change is notified once.
func TestPolicyFile_MissingRefusesUntilBack(t *testing.T) {
	w := watch(t, policyA)
	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	if err := w.wantUnavailable(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	_ = w.wantUnavailable()
	w.write(policyA)
	w.wantAccount("aaa")
	w.wantChanges(false, true)
}

// A file that is not a policy file, or that others can write or replace, is not
// used.
func TestOpenRules_RefusesUnsafeFiles(t *testing.T) {
	with := func(file, folder os.FileMode) func(string) error {
		return func(p string) error {
			return errors.Join(os.WriteFile(p, []byte(policyA), 0o600), os.Chmod(p, file), os.Chmod(filepath.Dir(p), folder))
		}
	}
	tests := []struct {
		name string
		make func(path string) error
		want string // "" if it is used
	}{
		{"a directory", func(p string) error { return os.Mkdir(p, 0o700) }, "is not a regular file"},
		{"a huge file", func(p string) error { return os.WriteFile(p, make([]byte, maxFileSize+1), 0o600) }, "is larger than"},
		{"a file that everybody may write", with(0o606, 0o700), "is writable by everyone"},
		{"a file that its group may write", with(0o660, 0o700), "is writable by its group"},
		{"a folder that everybody may write", with(0o600, 0o777), "folder that is writable by everyone"},
		{"a folder that its group may write", with(0o600, 0o770), "folder that is writable by its group"},
		{"a folder where nobody can replace the file", with(0o600, 0o777|os.ModeSticky), ""},
		{"a file that others may read", with(0o644, 0o755), ""},
		{"no file", func(string) error { return nil }, "no such file"},
		{"a broken file", func(p string) error { return os.WriteFile(p, []byte(broken), 0o600) }, ":2: unknown field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("needs file modes")
			}
			path := filepath.Join(t.TempDir(), "policy.yaml")
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			rules, err := OpenRules(path, nil)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || rules != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Only root and the user of the process may own the file and its folder.
func TestAccess_Owners(t *testing.T) {
	for want, a := range map[string]fileaccess.Access{
		"":                               {Mode: 0o644, Owner: 0, Self: 65532},
		"belongs to another user":        {Mode: 0o600, Owner: 1000, Self: 65532},
		"is in a folder of another user": {Mode: fs.ModeDir | fs.ModeSticky | 0o777, Owner: 1000, Self: 0},
	} {
		if got := writable(a); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%+v: got %q, want %q", a, got, want)
		}
	}
	own := fileaccess.Access{Mode: fs.ModeDir | 0o700, Owner: 1000, Self: 1000}
	if got := writable(own); got != "" {
		t.Errorf("an own folder: %q", got)
	}
}

// On a file system that is mounted read-only, the modes do not matter: that is
// how Kubernetes mounts a config map.
func TestAccess_ReadOnlyMount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := errors.Join(os.WriteFile(path, []byte(policyA), 0o600), os.Chmod(path, 0o666), os.Chmod(filepath.Dir(path), 0o777)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkAccess(path, info, func(string) bool { return true }); err != nil {
		t.Error(err)
	}
	if err := checkAccess(path, info, fileaccess.ReadOnly); err == nil && runtime.GOOS != "windows" {
		t.Error("a file that everyone may write is used")
	}
}

// What others can read is worth a warning.
func TestRules_WarnOfReadableFile(t *testing.T) {
	w := watch(t, policyA)
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o640: 0, 0o644: 1} {
		if err := os.Chmod(w.path, mode); err != nil {
			t.Fatal(err)
		}
		if got := w.rules.Warnings(); len(got) != want {
			t.Errorf("mode %o: %v", mode, got)
		}
	}
	if got := NewRules(nil, nil).Warnings(); got != nil {
		t.Errorf("the short form: %v", got)
	}
}

// Many goroutines may ask while the file changes. Each answer comes from one
// complete file.
func TestPolicyFile_ConcurrentReads(t *testing.T) {
	w := watch(t, policyA)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got, err := w.account(); err != nil || (got != "aaa" && got != "bbb") {
					t.Errorf("got %q, %v", got, err)
					return
				}
			}
		})
	}
	for i := range 100 {
		w.replace([]string{policyB, policyA}[i%2])
	}
	wg.Wait()
	w.wantAccount("aaa")
}

// The accounts are listed once each, sorted, for both forms of the rules.
func TestRules_Accounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("servers: {web-1: S1}\npeople: {U0BOB: {account: bbb}, U0ALICE: {account: aaa}, U0CAROL: {account: bbb}}\n")
	file, err := OpenRules(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	short := NewRules([]AllowlistEntry{{User: "U0BOB", Account: "bbb"}, {User: "U0ALICE", Account: "aaa"}, {User: "U0CAROL", Account: "bbb"}}, nil)
	for name, rules := range map[string]*Rules{"a policy file": file, "the short form": short} {
		if got, err := rules.Accounts(); err != nil || !slices.Equal(got, []string{"aaa", "bbb"}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	write(broken)
	if got, err := file.Accounts(); err == nil {
		t.Errorf("a broken file lists %v", got)
	}
}

// What leases are about: all servers, whether there can be others, and who can pay for one.
func TestRules_ServersAndWhoPays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("servers: {web-1: S1, db-1: S2}\npeople: {U0BOB: {account: bbb}, U0ALICE: {account: aaa, servers: [web-1]}}\ngroups: {S0OPS: {account: ccc, servers: [\"db-*\"]}}\n")
	file, err := OpenRules(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	anyServer := NewRules([]AllowlistEntry{{User: "U0BOB", Account: "bbb"}}, nil)
	listed := []order.Server{{Name: "db-1", ID: "S2"}, {Name: "web-1", ID: "S1"}}
	list, others, err := file.AllServers()
	if err != nil || others || !slices.Equal(list, listed) {
		t.Errorf("a policy file: %v, %v, %v", list, others, err)
	}
	if list, others, err := anyServer.AllServers(); err != nil || !others || len(list) != 0 {
		t.Errorf("any server: %v, %v, %v", list, others, err)
	}
	for id, want := range map[string][]string{"S1": {"aaa", "bbb"}, "S2": {"bbb", "ccc"}, "S3": nil} {
		if got := file.AccountsOf(id); !slices.Equal(got, want) {
			t.Errorf("%s: %v pay, want %v", id, got, want)
		}
	}
	if got := anyServer.AccountsOf("S3"); !slices.Equal(got, []string{"bbb"}) {
		t.Errorf("any server: %v pay", got)
	}
	write(broken)
	if list, _, err := file.AllServers(); err == nil || file.AccountsOf("S1") != nil {
		t.Errorf("a broken file lists %v", list)
	}
}
