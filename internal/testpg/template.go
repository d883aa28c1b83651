//go:build unix

package testpg

import (
	"context"
	"sync"
	"testing"
	"time"
)

// Template returns a function like [Database] whose databases are copies of one
// that fill has filled, for example with tables. fill runs once per process,
// with the URL of an empty database, and has to close its connections.
func Template(fill func(ctx context.Context, url string) error) func(t testing.TB) string {
	return Reusable(fill, nil)
}

// Reusable is [Template] for databases that are used again, because a copy takes
// a hundred times as long as removing the rows of a test. At the end of a test
// that passed, reset has to undo the test's changes; if it fails, the database
// is dropped.
func Reusable(fill, reset func(ctx context.Context, url string) error) func(t testing.TB) string {
	filled := sync.OnceValues(func() (string, error) {
		ctx := context.Background()
		name, err := opened.createDatabase(ctx, empty)
		if err != nil {
			return "", err
		}
		dropAtEnd(name)
		return name, fill(ctx, opened.URL(name))
	})
	var free freeList
	return func(t testing.TB) string {
		t.Helper()
		s := sharedServer(t)
		template, err := filled()
		if err != nil {
			t.Fatal(err)
		}
		if reset == nil {
			return copyOf(t, s, template)
		}
		name := free.take()
		if name == "" {
			if name, err = s.createDatabase(t.Context(), template); err != nil {
				t.Fatal(err)
			}
			dropAtEnd(name)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if !t.Failed() && reset(ctx, s.URL(name)) == nil {
				free.put(name)
			} else if err := s.dropDatabase(ctx, name); err != nil {
				t.Error(err)
			}
		})
		return s.URL(name)
	}
}

// freeList is a list of databases that no test is using.
type freeList struct {
	mu    sync.Mutex
	names []string
}

// take returns a database from the list, or "" if the list is empty.
func (f *freeList) take() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.names) == 0 {
		return ""
	}
	name := f.names[len(f.names)-1]
	f.names = f.names[:len(f.names)-1]
	return name
}

func (f *freeList) put(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names = append(f.names, name)
}
