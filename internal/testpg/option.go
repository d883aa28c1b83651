package testpg

// Option says what is to be different about a cluster.
type Option func(*options)

type options struct {
	dir      string
	settings []setting
}

type setting struct{ name, value string }

// Durable makes the server write as it does in production: commits are synced.
// Without it a commit survives a crash of the server, but not one of the machine,
// and is much faster.
func Durable() Option {
	return func(o *options) {
		o.settings = append(o.settings,
			setting{"fsync", "on"}, setting{"full_page_writes", "on"})
	}
}

// Setting sets a server variable, such as wal_level to logical. The last one of a
// name counts.
func Setting(name, value string) Option {
	return func(o *options) { o.settings = append(o.settings, setting{name, value}) }
}

// In puts the cluster's folder into dir instead of the folder for temporary
// files. If the tests run as root, everybody has to be able to pass through dir.
func In(dir string) Option {
	return func(o *options) { o.dir = dir }
}

// collect gives the options over what is usual here: nobody misses the data of a
// throwaway cluster, and many pools share one server.
func collect(opts []Option) options {
	o := options{settings: []setting{
		{"fsync", "off"}, {"full_page_writes", "off"},
		{"max_connections", "200"},
	}}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}
