// Package request reads what an app sends to the Web API: the token and the arguments,
// in whichever way Slack accepts them.
//
// It does not know which methods there are, nor which tokens are valid.
package request

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

// MaxBodySize is the maximum size of a request in bytes.
const MaxBodySize = 4 << 20

// Request is one call with its arguments from the query, the form or the JSON body.
type Request struct {
	Method  string
	Args    map[string]string // values that are not strings are JSON
	Token   string            // "" if there was none
	TokenIn string            // "header", or "body" for an argument; "" without a token
}

// Str returns an argument, or "".
func (r *Request) Str(name string) string { return r.Args[name] }

// Flag reports whether an argument is true, as a form or as JSON writes that.
func (r *Request) Flag(name string) bool { return r.Args[name] == "true" || r.Args[name] == "1" }

// Read reads the arguments of a call from the query, a form or a JSON object.
// https://docs.slack.dev/apis/web-api/#basics
func Read(w http.ResponseWriter, r *http.Request, name string) (*Request, error) {
	req := &Request{Method: name, Args: make(map[string]string)}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBodySize))
	if err != nil {
		return nil, fmt.Errorf("%s: body: %w", name, err)
	}
	for k, v := range r.URL.Query() {
		req.Args[k] = v[0]
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
		req.Token, req.TokenIn = t, "header"
	} else if t, ok := req.Args["token"]; ok {
		req.Token, req.TokenIn = t, "body"
	}
	delete(req.Args, "token")
	return req, nil
}

func (r *Request) readForm(body []byte) error {
	form, err := url.ParseQuery(string(body))
	for k, v := range form {
		r.Args[k] = v[0]
	}
	return err
}

func (r *Request) readJSON(body []byte) error {
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
		r.Args[k] = text
	}
	return nil
}

func (r *Request) readMultipart(body []byte, boundary string) error {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(MaxBodySize)
	if err != nil {
		return err
	}
	for k, v := range form.Value {
		r.Args[k] = v[0]
	}
	return form.RemoveAll()
}
