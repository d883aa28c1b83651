package oxhost

import (
	"encoding/json"
	"errors"
	"time"

	"extendbot/internal/secret"
)

// The types whose names end in JSON are 0xhost's answers, with the fields as its
// API pages name them. Other fields are not decoded; above all, password and
// server_status.metadata must not be. Decoding fails only if a body is not JSON
// of the expected structure. The values are validated afterward, one by one.

// envelope is what all answers have in common.
type envelope struct {
	Success strictBool `json:"success"`
}

// common returns the envelope of an answer that embeds it.
func (e envelope) common() envelope { return e }

// success returns the field that says whether 0xhost did what it was asked to
// do. It fails if the answer does not have it.
func (e envelope) success() (bool, error) {
	success, ok := e.Success.get()
	if !ok {
		return false, &decodeError{"success", "is missing or not a boolean"}
	}
	return success, nil
}

// decodeError says what is wrong with an answer, without quoting it.
type decodeError struct{ field, problem string }

func (e *decodeError) Error() string {
	if e.field == "" {
		return "the answer " + e.problem
	}
	return "the answer's " + e.field + " " + e.problem
}

// parseJSON decodes a body into one of the types for answers.
func parseJSON(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset >= int64(len(body)) {
		return &decodeError{"", "is empty or incomplete"}
	}
	return &decodeError{"", "is not JSON of the expected structure"} // err may quote it
}

// decoder turns the values of answers into the types of package order.
type decoder struct {
	location *time.Location // of times without a zone
	key      []secret.Value // the API key in all forms in which no text that contains it is shown
}

func newDecoder(location *time.Location, key secret.Value) decoder {
	return decoder{location, keyForms(key)}
}
