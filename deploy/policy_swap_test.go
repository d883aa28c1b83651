package deploy_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// configMap is a folder in which the kubelet keeps the policy of the kustomization:
// the file is a link to one in "..data", and that is a link to a folder. The kubelet
// changes all files at once, by renaming a new link onto "..data".
type configMap struct {
	t       *testing.T
	dir     string
	version int
}

// path returns the path of the policy file.
func (c *configMap) path() string { return filepath.Join(c.dir, "policy.yaml") }

// apply changes the policy as the kubelet does: the old folder is removed afterwards.
func (c *configMap) apply(policy string) {
	c.t.Helper()
	c.version++
	folder, next := fmt.Sprintf("..%d", c.version), filepath.Join(c.dir, "..data_tmp")
	file := filepath.Join(c.dir, folder, "policy.yaml")
	err := errors.Join(
		os.Mkdir(filepath.Join(c.dir, folder), 0o755), //nolint:gosec // the kubelet's mode
		os.WriteFile(file, []byte(policy), 0o600), os.Chmod(file, 0o644),
		os.Symlink(folder, next), os.Rename(next, filepath.Join(c.dir, "..data")),
		os.RemoveAll(filepath.Join(c.dir, fmt.Sprintf("..%d", c.version-1))))
	if c.version == 1 {
		err = errors.Join(err, os.Symlink(filepath.Join("..data", "policy.yaml"), c.path()))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// A running bot follows each change of its config map at the next command, without a
// restart. While the policy has a mistake, nobody may order, and the log names its line.
func TestKubernetes_PolicySwap(t *testing.T) {
	t.Parallel()
	allow := func(user string) string {
		return fmt.Sprintf("servers: {web-1: %s}\npeople:\n  %s: {account: %s}\n", stage.Web, user, stage.AliceAccount)
	}
	policy := &configMap{t: t, dir: t.TempDir()}
	policy.apply(allow(stage.Bob))
	h := servicetest.New(t, slacksim.Config{})
	s := &h.Settings
	s.Allowlist, s.Servers, s.Admins, s.PolicyFile = nil, nil, nil, policy.path()
	h.Start()
	h.Extend(stage.Alice, "web-1 1d")
	h.WaitEphemeral(stage.Alice, stage.Alice) // she is told her id, so that she can be added

	policy.apply(allow(stage.Alice))
	card := h.Request(stage.Alice, "web-1 1d")

	policy.apply("servers: {web-1}\n")
	h.WaitReady(http.StatusServiceUnavailable, "policy")
	h.WaitLogged(policy.path() + ":1: ")
	h.WaitLogged("nobody can order")
	if answer := h.Answer(stage.Alice, "web-1 1d"); !strings.Contains(answer, "I cannot check or record anything right now") {
		t.Errorf("under a broken policy: %s", answer)
	}

	policy.apply(allow(stage.Alice))
	h.WaitReady(http.StatusOK, "ok")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
}
