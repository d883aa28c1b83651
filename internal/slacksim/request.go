package slacksim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// maxBodySize is the maximum size of a request in bytes.
const maxBodySize = 4 << 20

// request is one call with its arguments from the query, the form or the JSON body.
type request struct {
	method  string
	args    map[string]string // values that are not strings are JSON
	token   string
	tokenIn string
}

func (r *request) str(name string) string { return r.args[name] }

func (r *request) flag(name string) bool { return r.args[name] == "true" || r.args[name] == "1" }

// readRequest reads the arguments of a call from the query, a form or a JSON object.
// https://docs.slack.dev/apis/web-api/#basics
func (s *Server) readRequest(w http.ResponseWriter, r *http.Request, name string) (*request, error) {
	req := &request{method: name, args: make(map[string]string)}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodySize))
	if err != nil {
		return nil, fmt.Errorf("%s: body: %w", name, err)
	}
	for k, v := range r.URL.Query() {
		req.args[k] = v[0]
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		err = req.readJSON(body)
	case "multipart/form-data":
		err = req.readMultipart(body, params["boundary"])
	default:
		err = req.readForm(body)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", name, kind, err)
	}
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		req.token, req.tokenIn = t, "header"
	} else if t, ok := req.args["token"]; ok {
		req.token, req.tokenIn = t, "body"
	}
	delete(req.args, "token")
	s.recordSent(sentItem{header: r.Header, args: req.args})
	return req, nil
}

func (r *request) readForm(body []byte) error {
	form, err := url.ParseQuery(string(body))
	for k, v := range form {
		r.args[k] = v[0]
	}
	return err
}

func (r *request) readJSON(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	for k, v := range fields {
		if string(v) == "null" {
			continue
		}
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = string(v)
		}
		r.args[k] = text
	}
	return nil
}

func (r *request) readMultipart(body []byte, boundary string) error {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(maxBodySize)
	if err != nil {
		return err
	}
	for k, v := range form.Value {
		r.args[k] = v[0]
	}
	return form.RemoveAll()
}
