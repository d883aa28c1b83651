package service

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// The version is the one that was linked in, or else the one that Go knows.
func TestBuild_Version(t *testing.T) {
	t.Parallel()
	known := func(version, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "4f3c9a"}, {Key: "vcs.modified", Value: modified},
		}}
	}
	for _, c := range []struct {
		linked string
		info   *debug.BuildInfo
		want   Build
	}{
		{"v1.2.3", known("v1.2.2", "false"), Build{Version: "v1.2.3", Revision: "4f3c9a"}},
		{"dev", known("v1.2.2", "true"), Build{Version: "v1.2.2", Revision: "4f3c9a+dirty"}},
		{"", known("(devel)", "false"), Build{Version: "dev", Revision: "4f3c9a"}},
		{"v1.2.3", &debug.BuildInfo{}, Build{Version: "v1.2.3"}},
		{"", nil, Build{Version: "dev"}},
	} {
		c.want.GoVersion = runtime.Version()
		if got := buildOf(c.linked, c.info); got != c.want {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
}
