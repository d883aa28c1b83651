package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

const verifyLong = `Looks whether the ledger is as the program wrote it: whether each row of history
fits its hash and follows from the one before it, whether each step is one that
an order can take, and whether each order is what its newest row of history says.
Every difference is printed, and the exit code is 1 if there is any.

It cannot find
  - an order that was removed together with all of its history;
  - the newest rows of an order that were removed together with setting the order
    back to the row before them;
  - a change by somebody who computed all the hashes after it anew.
For those there is the mark that is printed at the end: note it where whoever can
write the database cannot change it, and compare it later with --expect. Within
what had happened when it was printed, it finds all three.

Which message is an order's card, and which process looks after it, is not part of
its history and is not looked at.`

func ordersVerifyCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [ID] [--expect MARK]",
		Short: "Look whether anything in the ledger was changed by other hands",
		Long:  verifyLong,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("verify wants one id of an order, or none for all orders")}
			}
			return nil
		},
	}
	expect := cmd.Flags().String("expect", "", "a mark that was noted earlier")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			if *expect != "" {
				return usageError{errors.New("--expect is about all orders, leave the id away")}
			}
			return withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				return verifyOne(cmd, term.out, l, order.ID(args[0]))
			})
		}
		noted := mark{until: time.Now().Add(-markAge).Truncate(time.Second)}
		if *expect != "" {
			var err error
			if noted, err = parseMark(*expect); err != nil {
				return usageError{err}
			}
		}
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error { return verifyAll(cmd, term.out, l, noted) })
	}
	return cmd
}

func verifyOne(cmd *cobra.Command, out io.Writer, l *ledger.Ledger, id order.ID) error {
	proof, differences, err := l.VerifyOrder(cmd.Context(), id)
	if err != nil {
		return found(id, err)
	}
	for _, d := range differences {
		fmt.Fprintln(out, oneLine(d.String()))
	}
	return verdict(out, proof, len(differences))
}

func verifyAll(cmd *cobra.Command, out io.Writer, l *ledger.Ledger, noted mark) error {
	differences := 0
	proof, err := l.Verify(cmd.Context(), noted.until, func(d ledger.Difference) error {
		differences++
		_, err := fmt.Fprintln(out, oneLine(d.String()))
		return err
	})
	if err != nil {
		return err
	}
	if noted.digest != "" && noted.digest != proof.Digest {
		differences++
		fmt.Fprintf(out, "what had happened until %s is not what it was when the mark was noted\n", moment(noted.until))
	}
	noted.digest = proof.Digest
	if err := verdict(out, proof, differences); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "mark of all that had happened until %s, for --expect: %s\n", moment(noted.until), noted)
	return err
}

// verdict sums up what was found.
func verdict(out io.Writer, proof ledger.Proof, differences int) error {
	if differences > 0 {
		return fmt.Errorf("differences: %d (orders: %d, rows of history: %d)", differences, proof.Orders, proof.History)
	}
	_, err := fmt.Fprintf(out, "nothing was changed (orders: %d, rows of history: %d; --help says what this cannot find)\n",
		proof.Orders, proof.History)
	return err
}

// markAge is how old the newest row is that a mark covers: one that is being
// committed at this moment may bear a time that is a little older.
const markAge = 15 * time.Second

const markTime = "20060102T150405Z"

// mark is a digest of all that had happened until a time. It is written as
// both, with a dot between.
type mark struct {
	until  time.Time
	digest string
}

// String gives the mark as it is noted.
func (m mark) String() string { return m.until.UTC().Format(markTime) + "." + m.digest }

func parseMark(text string) (mark, error) {
	at, digest, ok := strings.Cut(text, ".")
	until, err := time.Parse(markTime, at)
	if !ok || err != nil || digest == "" {
		return mark{}, errors.New("--expect wants a mark as verify prints it")
	}
	return mark{until: until, digest: digest}, nil
}
