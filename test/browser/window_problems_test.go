package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// serve serves a page that has a script.
func serve(t *testing.T, page, script string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><title>A page</title><link rel="icon" href="data:,"><script src="/script.js" defer></script>` + page))
	})
	mux.HandleFunc("GET /script.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(script))
	})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// A window notices everything that must not happen. Without this test, it could notice nothing
// at all, and the other tests would pass.
func TestBrowser_NoticesProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, script, want string }{
		"console.error": {"", `console.error("broken", 1)`, "console.error: broken 1"},
		"exception":     {"", `throw new Error("thrown")`, "Error: thrown"},
		"rejection":     {"", `Promise.reject(new Error("rejected"))`, "Error: rejected"},
		"policy":        {`<p style="color: red">`, "", "Content Security Policy"},
		"not found":     {`<img src="/none.png" alt="">`, "", "answer 404"},
		"outside":       {"", `location = "http://example.invalid/"`, "a request leaves the machine"},
		"failed":        {`<img src="/broken" alt="">`, "", "request failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, serve(t, c.page, c.script))
			var all []string
			w.until("a problem", func() string {
				all = append(all, w.problems.take()...)
				if strings.Contains(strings.Join(all, "\n"), c.want) {
					return ""
				}
				return strings.Join(all, "\n")
			})
			w.mayFail("") // whatever else came with it
		})
	}
}

// A window finds things by role and name, waits for what appears later, clicks, and types.
func TestBrowser_FindsAndPresses(t *testing.T) {
	t.Parallel()
	w := open(t, serve(t, `<aside aria-label="Room">
<article>one <button>Do it</button></article><article>two <button>Do it</button></article>
<label>Words <input></label><label>Kind <select><option>a<option value="2">b</select></label><output></output></aside>
<dialog aria-label="Sure?"><button>Yes</button></dialog>`, `
const say = (what) => { document.querySelector("output").textContent += what + " "; };
document.querySelectorAll("button").forEach((b, i) => b.addEventListener("click", () => say("pressed" + i)));
const dialog = document.querySelector("dialog");
dialog.querySelector("button").addEventListener("click", () => dialog.close());
dialog.showModal();
document.querySelector("select").addEventListener("change", (e) => say("chose" + e.target.value));
document.querySelector("input").addEventListener("input", (e) => say("typed" + e.target.value));
requestAnimationFrame(() => document.body.append(Object.assign(document.createElement("p"), { textContent: "later" })));`))
	w.see("later")
	w.dialog("Sure?").press("Yes")
	w.dialog("Sure?").gone()
	w.region("Room").see("pressed2")
	w.part.message("two").press("Do it")
	w.see("pressed1")
	w.fill("Words", "hi")
	w.see("typedhi")
	w.choose("Kind", "b")
	w.see("chose2")
	w.part.message("three").gone()
}
