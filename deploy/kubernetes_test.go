package deploy_test

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/auth"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
)

func readKubernetes(t *testing.T) (kubeDeployment, kubeContainer) {
	t.Helper()
	d := readDeployed[kubeDeployment](t, "kubernetes/deployment.yaml")
	if len(d.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("the pod has %d containers", len(d.Spec.Template.Spec.Containers))
	}
	return d, d.Spec.Template.Spec.Containers[0]
}

// kubeEnvironment returns the environment of the container: from the deployment,
// and from the settings that kustomize puts into a ConfigMap.
func kubeEnvironment(t *testing.T, c kubeContainer) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, ref := range c.EnvFrom {
		literals := -1
		for _, made := range readDeployed[kustomization](t, "kubernetes/kustomization.yaml").ConfigMaps {
			if made.Name != ref.ConfigMapRef.Name {
				continue
			}
			literals = len(made.Literals)
			for _, literal := range made.Literals {
				name, value, _ := strings.Cut(literal, "=")
				env[name] = value
			}
			if made.Options.DisableNameSuffixHash {
				t.Errorf("a change of %s does not roll out new pods, but the environment is read only once", made.Name)
			}
		}
		if literals < 1 {
			t.Errorf("nothing creates the ConfigMap %s", ref.ConfigMapRef.Name)
		}
	}
	for _, v := range c.Env {
		if _, twice := env[v.Name]; twice {
			t.Errorf("%s is set twice", v.Name)
		}
		env[v.Name] = v.Value
	}
	return env
}

// The settings from Kubernetes are valid.
func TestKubernetes_Settings(t *testing.T) {
	t.Parallel()
	d, c := readKubernetes(t)
	s := wantValid(t, kubeEnvironment(t, c), policyCopy(t))
	wantFewConnections(t, s, d.Spec.Replicas)
	if update := d.Spec.Strategy.RollingUpdate; update.MaxUnavailable != 0 || update.MaxSurge != 1 {
		t.Errorf("an upgrade removes replicas, or adds too many: %+v", update)
	}
	if len(c.Ports) != 1 || fmt.Sprintf(":%d", c.Ports[0].ContainerPort) != s.HTTPAddr {
		t.Errorf("the port is %v, but HTTP_ADDR is %s", c.Ports, s.HTTPAddr)
	}
	if wait := time.Duration(d.Spec.MinReadySeconds) * time.Second; wait <= service.StopTimeout {
		t.Errorf("the next pod is replaced after %s, while the last one may still be stopping", wait)
	}
}

// Every secret in Kubernetes comes from a file.
func TestKubernetes_SecretsAreFiles(t *testing.T) {
	t.Parallel()
	d, c := readKubernetes(t)
	mounted := map[string]bool{}
	for _, volume := range d.Spec.Template.Spec.Volumes {
		for _, mount := range c.VolumeMounts {
			if mount.Name != volume.Name {
				continue
			}
			if !mount.ReadOnly {
				t.Errorf("%s can be written", mount.MountPath)
			}
			for _, item := range volume.Secret.Items {
				mounted[path.Join(mount.MountPath, item.Path)] = true
			}
			if mode := volume.Secret.DefaultMode; volume.Secret.SecretName != "" && mode != 0o440 {
				t.Errorf("the secrets have the mode %o", mode)
			}
		}
	}
	for _, v := range c.Env {
		if strings.HasSuffix(v.Name, settings.FileSuffix) && v.Name != "POLICY_FILE" && !mounted[v.Value] {
			t.Errorf("%s: no secret is mounted at %s", v.Name, v.Value)
		}
	}
	if len(mounted) != 4 {
		t.Errorf("%d secrets are mounted", len(mounted))
	}
}

// The probes in Kubernetes use paths that the program serves.
func TestKubernetes_Probes(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, c := readKubernetes(t)
	h.WaitReady(http.StatusOK, "ok")
	for name, probe := range map[string]struct {
		kubeProbe
		path string
	}{
		"startup":   {c.StartupProbe, "/healthz"},
		"readiness": {c.ReadinessProbe, "/readyz"},
		"liveness":  {c.LivenessProbe, "/healthz"}, // never /readyz: a restart does not fix Slack
	} {
		if probe.HTTPGet.Path != probe.path || probe.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("%s uses %s of %s, want %s", name, probe.HTTPGet.Path, probe.HTTPGet.Port, probe.path)
		}
		if status, body := h.Get(probe.HTTPGet.Path); status != http.StatusOK {
			t.Errorf("%s: a healthy service answers %d %s", name, status, body)
		}
	}
	if limit := time.Duration(c.ReadinessProbe.TimeoutSeconds) * time.Second; limit <= service.ReadyTimeout {
		t.Errorf("an answer of /readyz may take %s, but the probe waits %s", service.ReadyTimeout, limit)
	}
}

// Kubernetes runs the program without privileges.
func TestKubernetes_NoPrivileges(t *testing.T) {
	t.Parallel()
	d, c := readKubernetes(t)
	pod, own := d.Spec.Template.Spec, c.SecurityContext
	image, err := os.ReadFile(imageFile)
	if err != nil {
		t.Fatal(err)
	}
	as := pod.SecurityContext
	if user := fmt.Sprintf("\nUSER %d:%d\n", as.RunAsUser, as.RunAsGroup); !as.RunAsNonRoot || !strings.Contains(string(image), user) || as.FSGroup != as.RunAsGroup {
		t.Errorf("the pod runs as %+v, which is not the user of the image", as)
	}
	no := false
	for what, diff := range map[string]string{
		"seccomp":              cmp.Diff("RuntimeDefault", as.SeccompProfile.Type),
		"token":                cmp.Diff(&no, pod.AutomountServiceAccountToken),
		"service links":        cmp.Diff(&no, pod.EnableServiceLinks),
		"privilege escalation": cmp.Diff(&no, own.AllowPrivilegeEscalation),
		"root filesystem":      cmp.Diff(true, own.ReadOnlyRootFilesystem),
		"capabilities":         cmp.Diff([]string{"ALL"}, own.Capabilities.Drop),
		"profile":              cmp.Diff("restricted", readDeployed[kubeHead](t, "kubernetes/namespace.yaml").Metadata.Labels["pod-security.kubernetes.io/enforce"]),
	} {
		if diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	if c.Resources.Limits["memory"] == "" || c.Resources.Limits["cpu"] != "" || c.Resources.Requests["memory"] == "" {
		t.Errorf("resources: %+v", c.Resources)
	}
	wantTimeToStop(t, "Kubernetes", time.Duration(pod.TerminationGrace)*time.Second)
}

// No pod can be reached from outside.
func TestKubernetes_NoIngress(t *testing.T) {
	t.Parallel()
	d, c := readKubernetes(t)
	n := readDeployed[kubeNetwork](t, "kubernetes/network.yaml")
	if len(n.Spec.Ingress) > 0 || !slices.Equal(n.Spec.PolicyTypes, []string{"Ingress", "Egress"}) {
		t.Errorf("something can connect to the bot: %+v", n.Spec)
	}
	var ports []string
	for _, rule := range n.Spec.Egress {
		if len(rule.To) == 0 || len(rule.Ports) == 0 {
			t.Errorf("a rule without a destination: %+v", rule)
		}
		for _, port := range rule.Ports {
			ports = append(ports, fmt.Sprintf("%s %v", port.Protocol, port.Port))
		}
	}
	if diff := cmp.Diff([]string{"UDP 53", "TCP 53", "TCP 443", "TCP 5432"}, ports); diff != "" {
		t.Errorf("the bot may connect to more than DNS, Slack, 0xhost and PostgreSQL: %s", diff)
	}
	m := readDeployed[kubeNetwork](t, "kubernetes/metrics/network.yaml")
	if len(m.Spec.Ingress) != 1 || len(m.Spec.Ingress[0].From) != 1 || len(m.Spec.Ingress[0].Ports) != 1 ||
		m.Spec.Ingress[0].Ports[0].Port != c.Ports[0].Name || len(m.Spec.Ingress[0].From[0].NamespaceSelector.MatchLabels) == 0 {
		t.Errorf("the metrics are open to more than Prometheus: %+v", m.Spec.Ingress)
	}
	if slices.Contains(readDeployed[kustomization](t, "kubernetes/kustomization.yaml").Resources, "metrics/network.yaml") {
		t.Error("the metrics are open to others by default")
	}
	for _, selector := range []kubeSelector{n.Spec.PodSelector, m.Spec.PodSelector} {
		wantSelected(t, selector, d)
	}
}

// A drain stops one replica at a time.
func TestKubernetes_Disruption(t *testing.T) {
	t.Parallel()
	d, _ := readKubernetes(t)
	budget := readDeployed[kubeDisruption](t, "kubernetes/disruption.yaml")
	if budget.Spec.MaxUnavailable != 1 || d.Spec.Replicas < 2 {
		t.Errorf("%d of %d replicas may be stopped at once", budget.Spec.MaxUnavailable, d.Spec.Replicas)
	}
	wantSelected(t, budget.Spec.Selector, d)
	wantSelected(t, d.Spec.Selector, d)
	for _, spread := range d.Spec.Template.Spec.TopologySpreadConstraints {
		wantSelected(t, spread.LabelSelector, d)
	}
}

// wantSelected fails the test unless a selector matches the pods' labels.
func wantSelected(t *testing.T, s kubeSelector, d kubeDeployment) {
	t.Helper()
	if diff := cmp.Diff(d.Spec.Template.Metadata.Labels, s.MatchLabels); diff != "" || len(s.MatchLabels) == 0 {
		t.Errorf("a selector does not match the pods: %s", diff)
	}
}

// Every resource is applied by the kustomization.
func TestKubernetes_EveryFileApplied(t *testing.T) {
	t.Parallel()
	want := []string{"deployment.yaml", "disruption.yaml", "namespace.yaml", "network.yaml"}
	k := readDeployed[kustomization](t, "kubernetes/kustomization.yaml")
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(k.Resources))); diff != "" {
		t.Error(diff)
	}
	_, c := readKubernetes(t)
	if len(k.Images) != 1 || k.Images[0].Name != c.Image || k.Images[0].NewTag == "latest" {
		t.Errorf("images: %+v", k.Images)
	}
}

// When Kubernetes replaces the policy file, it is read again.
func TestKubernetes_PolicyReadAgain(t *testing.T) {
	t.Parallel()
	d, c := readKubernetes(t)
	var volume, file string
	for _, v := range c.Env {
		if v.Name == "POLICY_FILE" {
			file = v.Value
		}
	}
	for _, mount := range c.VolumeMounts {
		if mount.MountPath == path.Dir(file) {
			volume = mount.Name
		}
	}
	for _, v := range d.Spec.Template.Spec.Volumes {
		if v.Name != volume {
			continue
		}
		for _, made := range readDeployed[kustomization](t, "kubernetes/kustomization.yaml").ConfigMaps {
			if made.Name == v.ConfigMap.Name && slices.Equal(made.Files, []string{path.Base(file)}) && made.Options.DisableNameSuffixHash {
				if _, err := auth.OpenRules(policyCopy(t), nil); err != nil {
					t.Errorf("the example: %v", err)
				}
				return
			}
		}
	}
	t.Errorf("%s is not a file of a ConfigMap with a fixed name", file)
}
