package oddtext

import (
	"slices"
	"testing"
)

// Each kind is found with its place, and what people write on purpose is not odd.
func TestFind_Kinds(t *testing.T) {
	t.Parallel()
	const space = "a space that is not an ordinary one, such as a non-breaking space"
	for text, want := range map[string][]string{
		"plain text, \"quoted\": it's 1-2\r\n\t": nil,
		"données 数据":                             nil,
		"a\u200bb":                               {"an invisible character (character 2)"},
		"日\u00a0b":                               {space + " (character 2)"},
		"a：b":                                    {"a full-width character (character 2)"},
		"a–b":                                    {"a dash that is not the hyphen of the keyboard (character 2)"},
		"“a”\u200b":                              {"an invisible character (character 4)", "a typographic quotation mark (character 1)"},
	} {
		if got := Find(text, false); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := Find("it’s–new：\u200b", true); !slices.Equal(got, []string{"an invisible character (character 10)"}) {
		t.Errorf("in a path: %q", got)
	}
}
