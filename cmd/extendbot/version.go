package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"extendbot/internal/service"
)

// version is set by the linker when a release is built.
var version = "dev"

func versionCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(term.out, versionLine())
			return err
		},
	}
}

// versionLine says what this program is and from what it was built.
func versionLine() string {
	b := service.ReadBuild(version)
	line := "extendbot " + b.Version + " with " + b.GoVersion
	if b.Revision != "" {
		line += ", revision " + b.Revision
	}
	return line
}
