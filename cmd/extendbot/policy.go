package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

func policyCommand(term terminal) *cobra.Command {
	policy := &cobra.Command{
		Use:   "policy",
		Short: "Check a policy file, and explain what the policy decides",
		Long:  "These commands need neither Slack nor 0xhost, and change nothing. See docs/policy.md.",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	policy.AddCommand(policyCheckCommand(term), policyExplainCommand(term))
	return policy
}

// jsonFlag adds the flag --json.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print JSON, for other programs")
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
