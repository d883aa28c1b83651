package main

import (
	"os"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The files under deploy/ run only existing commands of the program: a health
// check, and serve.
func TestDeploy_CommandsExist(t *testing.T) {
	t.Parallel()
	var compose struct {
		Services map[string]struct {
			Healthcheck struct {
				Test []string `yaml:"test"`
			} `yaml:"healthcheck"`
		} `yaml:"services"`
	}
	readDeployed(t, "compose.yaml", &compose)
	delete(compose.Services, "postgres")
	if len(compose.Services) == 0 {
		t.Fatal("compose runs no bot")
	}
	for name, bot := range compose.Services {
		test := bot.Healthcheck.Test
		if len(test) < 3 || test[0] != "CMD" || test[1] != "/extendbot" {
			t.Fatalf("%s: the health check %v needs a shell, but the image has none", name, test)
		}
		cmd, args, err := rootCommand(terminal{}).Find(test[2:])
		if err != nil || cmd.ParseFlags(args) != nil || cmd.Name() != "check" || cmd.Flag("health").Value.String() != "true" {
			t.Errorf("%s: %v is not a health check (%v)", name, test, err)
		}
	}

	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Args []string `yaml:"args"`
					} `yaml:"containers"`
				} `yaml:"spec"`
			} `yaml:"template"`
		} `yaml:"spec"`
	}
	readDeployed(t, "kubernetes/deployment.yaml", &deployment)
	for _, c := range deployment.Spec.Template.Spec.Containers {
		if cmd, _, err := rootCommand(terminal{}).Find(c.Args); err != nil || cmd.Name() != "serve" {
			t.Errorf("Kubernetes runs %v: %v", c.Args, err)
		}
	}
}

func readDeployed(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/" + name)
	if err == nil {
		err = yaml.Load(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
