package testpg

import (
	"context"
	"fmt"
	"os"
)

// Find says in words where [Database] will take its server from, without starting
// anything; an error says what was looked for in vain.
func Find(ctx context.Context) (string, error) {
	if os.Getenv(urlVariable) != "" {
		return "the server of " + urlVariable, nil
	}
	bin, noBinaries := binaries(ctx, usualPlaces)
	if noBinaries == nil {
		return "a throwaway cluster of " + bin, nil
	}
	noEngine := askEngine(ctx)
	if noEngine == nil {
		return "a container of " + image, nil
	}
	return "", notFound(noBinaries, noEngine)
}

// notFound is the error of who found nothing.
func notFound(noCluster, noContainer error) error {
	return fmt.Errorf("%s is not set\nserver's binaries: %w\nDocker: %w", urlVariable, noCluster, noContainer)
}
