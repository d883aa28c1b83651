package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"extendbot/order"
)

// rentalTime is the value of a flag: a time in whole hours.
type rentalTime order.Hours

// String returns the hours.
func (h *rentalTime) String() string { return strconv.Itoa(int(*h)) }

// Type is what the help calls the value.
func (h *rentalTime) Type() string { return "time" }

// Set reads a value.
func (h *rentalTime) Set(text string) error {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789") == "" {
		text += "h"
	}
	d, err := order.ParseDays(text)
	if err != nil || d < time.Hour || d%time.Hour != 0 {
		return errors.New("must be whole hours, at least 1, or days: 72, 3d, or 1d12h")
	}
	*h = rentalTime(d / time.Hour)
	return nil
}
