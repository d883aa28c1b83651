package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

const verifyLong = `Verifies that the ledger is as extendbot wrote it: that each row of history matches its
hash, follows from the row before it, and was written with a key of extendbot, that each
step is one that an order can take, and that each order agrees with its newest row of
history. What versions wrote that had no key has to be what was there when a version with
a key first started. The triggers that protect history have to be as they were created.
Every difference is printed, and the exit code is 1 if there is any.

The keys are those of APPROVAL_KEY and OXHOST_API_KEY, set as for "extendbot serve". What was
written with another key is printed as "key unknown", and is not a difference: only its hashes
are verified.

It cannot find
  - an order that was deleted together with all of its history;
  - rows that were deleted from the end of an order's history, if the order was changed
    back to agree with the row before them;
  - a change by someone who has a key, and recomputed all that follows from it.
To find these too, verify prints a mark. Store it where nobody who can write the database
can change it, and compare it later with --expect. That finds all three in everything that
had happened when the mark was printed.

Which message is an order's card, and which process owns the card, is not part of the
history and is not verified.`

func ordersVerifyCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [ID] [--expect MARK]",
		Short: "Verify that nobody but extendbot changed the ledger",
		Long:  verifyLong,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("orders verify takes the id of one order, or nothing for all orders")}
			}
			return nil
		},
	}
	expect := cmd.Flags().String("expect", "", "a mark that was printed earlier")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			if *expect != "" {
				return usageError{errors.New("--expect is about all orders; leave out the id")}
			}
			id, err := orderID(args[0])
			if err != nil {
				return err
			}
			return withKeys(cmd.Context(), false, func(l *ledger.Ledger) error { return verifyOne(cmd, term.out, l, id) })
		}
		expected := ledger.Mark{Until: time.Now().Add(-markAge).Truncate(time.Second)}
		if *expect != "" {
			var err error
			if expected, err = ledger.ParseMark(*expect); err != nil {
				return usageError{fmt.Errorf("--expect: %w", err)}
			}
		}
		return withKeys(cmd.Context(), false, func(l *ledger.Ledger) error { return verifyAll(cmd, term.out, l, expected) })
	}
	return cmd
}

func verifyOne(cmd *cobra.Command, out io.Writer, l *ledger.Ledger, id order.ID) error {
	proof, differences, err := l.VerifyOrder(cmd.Context(), id)
	if err != nil {
		return nameMissing(id, err)
	}
	for _, d := range differences {
		fmt.Fprintln(out, visible(d.String()))
	}
	return printSummary(out, proof, len(differences))
}

func verifyAll(cmd *cobra.Command, out io.Writer, l *ledger.Ledger, expected ledger.Mark) error {
	differences := 0
	proof, err := l.Verify(cmd.Context(), expected.Until, func(d ledger.Difference) error {
		differences++
		_, err := fmt.Fprintln(out, visible(d.String()))
		return err
	})
	if err != nil {
		return err
	}
	if expected.Digest != "" && expected.Digest != proof.Digest {
		differences++
		fmt.Fprintf(out, "what happened until %s has been changed since the mark was printed\n", formatTime(expected.Until))
	}
	current := ledger.Mark{Until: expected.Until, Digest: proof.Digest}
	if err := printSummary(out, proof, differences); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "mark of everything until %s, for --expect: %s\n", formatTime(current.Until), current)
	return err
}

// printSummary prints that there are no differences, or returns how many.
func printSummary(out io.Writer, proof ledger.Proof, differences int) error {
	for _, key := range slices.Sorted(maps.Keys(proof.UnknownKeys)) {
		if _, err := fmt.Fprintf(out, "key unknown: rows that were written with the key %s, which is not set here, so that anybody may have written them: %d\n"+
			"to verify them, too, add that key at the end of APPROVAL_KEY, or set the OXHOST_API_KEY from which it was derived\n", visible(key), proof.UnknownKeys[key]); err != nil {
			return err
		}
	}
	if proof.Unkeyed > 0 {
		if _, err := fmt.Fprintf(out, "rows that earlier versions wrote without a key: %d\n", proof.Unkeyed); err != nil {
			return err
		}
	}
	if differences > 0 {
		return fmt.Errorf("differences: %d (orders: %d, rows of history: %d)", differences, proof.Orders, proof.History)
	}
	_, err := fmt.Fprintf(out, "no differences (orders: %d, rows of history: %d; see --help for what this cannot find)\n",
		proof.Orders, proof.History)
	return err
}

// markAge is how old a row must be to be covered by a new mark. A row that is
// being committed now can have a slightly older time.
const markAge = 15 * time.Second
