package oxhostsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

const (
	defaultDrip  = 100 * time.Millisecond
	defaultFlood = 50_000_000
)

// answer is the answer of a call without a fault.
type answer struct {
	code int
	body object
}

// refusal returns 0xhost's answer when it refuses a call. The code is often 200.
func refusal(code int, message string) answer {
	return answer{code, object{{"success", false}, {"message", message}}}
}

// send sends an answer as the fault demands.
func (s *Server) send(w http.ResponseWriter, r *http.Request, f Fault, a answer) {
	if f.Kind == Alter {
		a.body = alter(a.body, f.Set, f.Drop)
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError) // Set contains a value that cannot be encoded
		return
	}
	switch f.Kind {
	case Status:
		sendStatus(w, f)
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case ResetReading, Reset:
		reset(w)
	case Hangup:
		panic(http.ErrAbortHandler) // net/http closes the connection and sends nothing
	case Half:
		sendHead(w, a.code, len(body))
		sendAndAbort(w, body[:len(body)/2])
	case HalfChunked:
		sendHead(w, a.code, -1)
		sendAndAbort(w, body[:len(body)/2])
	case Drip:
		sendHead(w, a.code, len(body))
		drip(w, r, body, f.Every)
	case Flood:
		flood(w, a.code, body, f.Size, true)
	case FloodChunked:
		flood(w, a.code, body, f.Size, false)
	case Pass, Alter:
		sendHead(w, a.code, len(body))
		_, _ = w.Write(body) // the client may have disconnected
	}
}

// sendHead writes status and header; length < 0 means chunked.
func sendHead(w http.ResponseWriter, code, length int) {
	w.Header().Set("Content-Type", "application/json")
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(code)
}

func sendStatus(w http.ResponseWriter, f Fault) {
	w.Header().Set("Content-Type", http.DetectContentType([]byte(f.Body)))
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	code := f.Code
	if code == 0 {
		code = http.StatusOK
	}
	w.WriteHeader(code)
	_, _ = w.Write([]byte(f.Body))
}

func sendAndAbort(w http.ResponseWriter, part []byte) {
	_, _ = w.Write(part)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func drip(w http.ResponseWriter, r *http.Request, body []byte, every time.Duration) {
	if every <= 0 {
		every = defaultDrip
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// flood sends body with a field of padding that makes it size bytes long.
func flood(w http.ResponseWriter, code int, body []byte, size int, announce bool) {
	if size <= 0 {
		size = defaultFlood
	}
	head := append(bytes.TrimSuffix(body, []byte("}")), `,"padding":"`...)
	const tail = `"}`
	padding := max(size-len(head)-len(tail), 0)
	length := -1
	if announce {
		length = len(head) + padding + len(tail)
	}
	sendHead(w, code, length)
	if _, err := w.Write(head); err != nil {
		return
	}
	block := bytes.Repeat([]byte{'a'}, 64<<10)
	for padding > 0 {
		n, err := w.Write(block[:min(len(block), padding)])
		if err != nil {
			return
		}
		padding -= n
	}
	_, _ = w.Write([]byte(tail))
}
