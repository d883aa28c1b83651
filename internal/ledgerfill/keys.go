package ledgerfill

import (
	"extendbot/internal/secret"
	"extendbot/ledger/mac"
)

// Keys returns the key with which filled ledgers are authenticated. It is no secret.
func Keys() mac.Keys { return mac.Derived(secret.New("ledgerfill")) }
