// Command where prints from where the tests will take PostgreSQL. Its exit code is
// 1 if there is none.
package main

import (
	"context"
	"fmt"
	"os"

	"extendbot/internal/testpg"
)

func main() {
	found, err := testpg.Find(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, found)
}
