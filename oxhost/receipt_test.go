package oxhost

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/secret"
	"extendbot/order"
)

// documentedExample is the success example of the API's page.
const documentedExample = `{"success":true,"amount":0.02,"balance_before":"3328.78","type":"renew_server","plan_id":5,
"password":null,"hours_purchased":"1","upgrade_difference":0,"order_id":"13587d01-c8cd-11f0-8cdf-525400792197",
"server_status":{"id":"a6bbde9c-c6df-11f0-8cdf-525400792197","id_solusvm":482,
"solusvm_uuid":"06955621-8277-4272-95f2-a16001d1e3a2","cpu_cores":2,"ram":6442450944,"disk":40,"disk_type":"ssd",
"cpu":null,"ramD":null,"diskD":null,"name":"vm-demo-server","auto_renew":1,"primary_ip":"192.168.100.102",
"extra_ips":null,"status":"active","updated_at":"2025-11-24 01:32:36","plan_id":5,"location":"Slovenia",
"os_image_id":2,"rental_duration_hours":1,"owner_id":"user12345-6789-0123-4567-890123456789",
"created_at":"2025-11-21 14:40:32","expire_date":"2026-02-19 15:40:31","metadata":"password=demoSecurePass456",
"user_id":"user12345-6789-0123-4567-890123456789","username":"root","userIsActive":1,"plan_price":"12.99"}}`

var testDecoder = newDecoder(time.UTC, secret.New("the-api-key"))

// judgeBody decodes a body as ExtendServer does.
func (d decoder) judgeBody(body string) (order.Receipt, error) {
	return d.judge(httpAnswer{status: 200, body: []byte(body)}, nil)
}

// The success example of the API's page decodes to a complete receipt.
func TestReceipt_DocumentedExample(t *testing.T) {
	got, err := testDecoder.judgeBody(documentedExample)
	if err != nil {
		t.Fatal(err)
	}
	want := order.Receipt{
		OrderID: "13587d01-c8cd-11f0-8cdf-525400792197", Type: "renew_server", Hours: 1, PlanID: "5",
		ServerID: "a6bbde9c-c6df-11f0-8cdf-525400792197", ServerName: "vm-demo-server", ServerStatus: "active",
		Address: "192.168.100.102", Location: "Slovenia", OwnerID: "user12345-6789-0123-4567-890123456789",
		AutoRenew: true,
		ExpiresAt: time.Date(2026, 2, 19, 15, 40, 31, 0, time.UTC),
	}
	want.Amount.Valid, want.Amount.Decimal = true, got.Amount.Decimal
	want.BalanceBefore.Valid, want.BalanceBefore.Decimal = true, got.BalanceBefore.Decimal
	want.PlanPrice.Valid, want.PlanPrice.Decimal = true, got.PlanPrice.Decimal
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, sum := range map[string]string{"0.02": got.Amount.Decimal.String(), "3328.78": got.BalanceBefore.Decimal.String(), "12.99": got.PlanPrice.Decimal.String()} {
		if text != sum {
			t.Errorf("%s, want %s", sum, text)
		}
	}
}

// A success answer in which any one field is missing or null is still a success.
func TestReceipt_AnyFieldNullOrMissing(t *testing.T) {
	var whole map[string]any
	if err := json.Unmarshal([]byte(documentedExample), &whole); err != nil {
		t.Fatal(err)
	}
	status := whole["server_status"].(map[string]any)
	for _, object := range []map[string]any{whole, status} {
		for field, value := range object {
			if field == "success" {
				continue
			}
			for _, change := range []func(){func() { object[field] = nil }, func() { delete(object, field) }} {
				change()
				body, err := json.Marshal(whole)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := testDecoder.judgeBody(string(body)); err != nil {
					t.Errorf("%s: %v", field, err)
				}
				object[field] = value
			}
		}
	}
}

// The purchase is found at the top level, in data, and in a one-element list in
// data.
func TestReceipt_ShapesOfData(t *testing.T) {
	for name, test := range map[string]struct{ body, id string }{
		"flat":             {`{"success":true,"order_id":"a"}`, "a"},
		"wrapped":          {`{"success":true,"message":"ok","data":{"order_id":"a"}}`, "a"},
		"list of one":      {`{"success":true,"data":[{"order_id":"a"}]}`, "a"},
		"list of two":      {`{"success":true,"data":[{"order_id":"a"},{"order_id":"b"}]}`, ""},
		"empty list":       {`{"success":true,"data":[],"order_id":"a"}`, "a"},
		"null":             {`{"success":true,"data":null,"order_id":"a"}`, "a"},
		"text":             {`{"success":true,"data":"ok","order_id":"a"}`, "a"},
		"unrelated":        {`{"success":true,"data":{"x":1},"order_id":"a"}`, "a"},
		"nothing":          {`{"success":true}`, ""},
		"number for an id": {`{"success":true,"order_id":17}`, "17"},
	} {
		receipt, err := testDecoder.judgeBody(test.body)
		if err != nil || receipt.OrderID != test.id {
			t.Errorf("%s: %q %v, want %q", name, receipt.OrderID, err, test.id)
		}
	}
}

// An amount is a plain decimal number, as a number or a string; anything else
// is invalid.
func TestScalar_Amounts(t *testing.T) {
	for body, want := range map[string]string{
		`0.02`: "0.02", `"0.02"`: "0.02", `" 12.99 "`: "12.99", `2e-2`: "0.02", `1.2E+3`: "1200", `0`: "0", `-5`: "-5",
		`null`: "null", `""`: "null",
		`"1,50"`: "", `"€5"`: "", `true`: "", `{}`: "", `[]`: "", `"NaN"`: "", `"0x10"`: "", `".5"`: "",
		`1e99`: "", `1e-99`: "", `"1e999999999"`: "", `1e-999999999`: "", `1234567890123456`: "", `1e15`: "",
	} {
		var s scalar
		if err := s.UnmarshalJSON([]byte(body)); err != nil {
			t.Fatal(err)
		}
		amount, err := s.money("amount")
		got := amount.Decimal.String()
		switch {
		case err != nil:
			got = ""
		case !amount.Valid:
			got = "null"
		}
		if got != want {
			t.Errorf("%s: %q %v, want %q", body, got, err, want)
		}
	}
}

// Texts on the receipt are cut and contain no invisible characters and no
// secret.
func TestReceipt_NamesCleanedAndCut(t *testing.T) {
	receipt, err := testDecoder.judgeBody(`{"success":true,"server_status":{"name":" a\n\u0007b\u202e\u200b ` + strings.Repeat("x", 100) + `","location":"PASSWORD: hunter2 the-api-key","status":["x"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a b " + strings.Repeat("x", 59) + "…"; receipt.ServerName != want {
		t.Errorf("%q, want %q", receipt.ServerName, want)
	}
	if receipt.Location != secret.Mask || receipt.ServerStatus != "" {
		t.Errorf("%+v", receipt)
	}
}

// Any body becomes either a receipt with valid fields or a PlaceError that
// quotes nothing of the body.
func FuzzDecode(f *testing.F) {
	f.Add(documentedExample)
	f.Add(strings.Replace(documentedExample, `"amount"`, `"message":"ok","data":{"amount"`, 1) + "}")
	f.Add(documentedExample[:len(documentedExample)/2])
	for _, seed := range []string{
		"", "null", "[]", "{}", "<html>", `{"success":false,"message":"Insufficient balance"}`,
		`{"success":"true"}`, `{"success":true,"success":false}`, `{"success":true,"amount":1e999999999}`,
		`{"success":true,"data":[{"order_id":"a"}]}`, `{"success":true,"server_status":[]}`,
		`{"success":true,"hours_purchased":"1.0","password":"hunter22222"}`,
		`{"success":false,"message":"\u202e\ud800 the-api-key"}`,
		`{"success":true,"order_id":"a b","amount":-1,"hours_purchased":1e999999}`,
		`{"success":true,"amount":99999999999.99,"balance_before":"3328.78","server_status":{"plan_price":"0.000000000000000000000001"}}`,
		`{"success":true,"server_status":{"expire_date":"2026-02-19T15:40:31+24:00"}}`,
		`{"success":true,"server_status":{"expire_date":"9999-12-31T23:59:59-01:00","name":"\u0000\ud800","id":"the-api-key"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		receipt, err := testDecoder.judgeBody(body)
		if err != nil {
			failed, ok := errors.AsType[*order.PlaceError](err)
			switch {
			case !ok:
				t.Fatalf("%T", err)
			case failed.Verdict == order.UnknownOutcome:
				// It quotes nothing of the body: all texts come from this package.
				if _, ok := errors.AsType[*decodeError](failed.Err); !ok || strings.Contains(failed.Reason, "the-api-key") {
					t.Errorf("%q", failed)
				}
			case failed.Verdict == order.RefusedByHost && failed.Err == nil:
				wantClean(t, failed.Reason, maxMessageRunes)
			default:
				t.Errorf("%v", failed)
			}
			if diff := cmp.Diff(order.Receipt{}, receipt); diff != "" {
				t.Errorf("a receipt with an error: %s", diff)
			}
			return
		}
		for _, id := range []string{receipt.OrderID, receipt.ServerID, receipt.OwnerID} {
			if id != "" && !order.ValidHostID(id) {
				t.Errorf("id %q", id)
			}
		}
		for _, word := range []string{receipt.Type, receipt.ServerName, receipt.ServerStatus, receipt.Address, receipt.Location, receipt.PlanID} {
			wantClean(t, word, maxNameRunes)
		}
		for _, sum := range []string{receipt.Amount.Decimal.String(), receipt.BalanceBefore.Decimal.String(), receipt.PlanPrice.Decimal.String()} {
			if len(sum) > 48 {
				t.Errorf("sum %q", sum)
			}
		}
		if receipt.Hours < 0 || receipt.Hours > maxHours {
			t.Errorf("%+v", receipt)
		}
		wantStorable(t, receipt)
		wantSameInData(t, body, receipt)
	})
}

// wantStorable fails the test unless the receipt survives being stored as JSON,
// and is the same JSON again afterward: the ledger's history has a hash of it.
func wantStorable(t *testing.T, receipt order.Receipt) {
	t.Helper()
	stored, err := json.Marshal(receipt)
	if err != nil {
		t.Fatalf("%v: %+v", err, receipt)
	}
	var read order.Receipt
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatalf("%v: %s", err, stored)
	}
	if diff := cmp.Diff(receipt, read); diff != "" {
		t.Error(diff)
	}
	if again, err := json.Marshal(read); err != nil || !bytes.Equal(again, stored) {
		t.Errorf("%v: %s became %s", err, stored, again)
	}
}

// A receipt is never lost because one of its fields cannot be used: the field is
// dropped, and everything else stays.
func TestReceipt_OddFieldsLoseNothing(t *testing.T) {
	noon := time.Date(2026, 2, 19, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		field, value string
		expires      time.Time
		invalid      string
	}{
		{"expire_date", `"2026-02-20T12:00:00+24:00"`, noon, ""},
		{"expire_date", `"2026-02-18T12:00:00-24:00"`, noon, ""},
		{"expire_date", `"2026-02-19T12:00:00Z"`, noon, ""},
		{"expire_date", `"2020-01-01 00:00:00"`, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"expire_date", `"9999-12-31T23:59:59-24:00"`, time.Time{}, ""},
		{"expire_date", `"9999999-01-01 00:00:00"`, time.Time{}, ""},
		{"expire_date", `"0000-01-01 00:00:00"`, time.Time{}, ""},
		{"expire_date", `"0000-00-00 00:00:00"`, time.Time{}, ""},
		{"expire_date", `"1969-12-31 23:59:59"`, time.Time{}, ""},
		{"expire_date", `1771502400`, time.Time{}, ""},
		{"expire_date", `{"date":"2026-02-19 12:00:00"}`, time.Time{}, ""},
		{"plan_price", `1e999999`, time.Time{}, ""},
		{"plan_price", `"-1e-999999"`, time.Time{}, ""},
		{"name", `"\u0000\ud800"`, time.Time{}, ""},
		{"name", "\"\xff\xfe\"", time.Time{}, ""},
		{"id", `"` + strings.Repeat("a", 65) + `"`, time.Time{}, "server_id"},
		{"id", `"a\u0000"`, time.Time{}, "server_id"},
		{"id", `"the-api-key"`, time.Time{}, "server_id"},
		{"owner_id", `"password=hunter2"`, time.Time{}, "owner_id"},
		{"owner_id", `[1]`, time.Time{}, "owner_id"},
	} {
		body := `{"success":true,"order_id":"a","amount":0.02,"server_status":{"` + test.field + `":` + test.value + `}}`
		receipt, err := testDecoder.judgeBody(body)
		if err != nil || receipt.OrderID != "a" || order.FormatAmount(receipt.Amount) != "0.02" ||
			!receipt.ExpiresAt.Equal(test.expires) || strings.Join(receipt.Invalid, " ") != test.invalid {
			t.Errorf("%s: %+v %v", body, receipt, err)
		}
		wantStorable(t, receipt)
	}
}

// Whether the host renews the server by itself, however it writes that; what is odd is no.
func TestReceipt_AutoRenew(t *testing.T) {
	for value, want := range map[string]bool{
		`1`: true, `1.0`: true, `"1"`: true, `true`: true, `" 1 "`: true,
		`0`: false, `"0"`: false, `false`: false, `null`: false, `""`: false, `10`: false, `100`: false, `1e999999`: false, `"yes"`: false, `[1]`: false, `{"a":1}`: false,
	} {
		receipt, err := testDecoder.judgeBody(`{"success":true,"order_id":"a","server_status":{"auto_renew":` + value + `}}`)
		if err != nil || receipt.AutoRenew != want {
			t.Errorf("%s: %v, %v", value, receipt.AutoRenew, err)
		}
	}
}

// wantClean fails the test unless the text may be shown to people.
func wantClean(t *testing.T, text string, limit int) {
	t.Helper()
	if len([]rune(text)) > limit || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) ||
		strings.Contains(text, "the-api-key") {
		t.Errorf("%q", text)
	}
}

// wantSameInData fails the test unless the same answer inside data is decoded to
// the same receipt.
func wantSameInData(t *testing.T, body string, flat order.Receipt) {
	t.Helper()
	var a createOrderJSON
	if err := parseJSON([]byte(body), &a); err != nil {
		t.Fatal(err)
	}
	if a.Data.value != (purchaseJSON{}) {
		return
	}
	wrapped, err := testDecoder.judgeBody(`{"success":true,"data":` + body + `}`)
	if diff := cmp.Diff(flat, wrapped); err != nil || diff != "" {
		t.Errorf("wrapped: %v %s", err, diff)
	}
}
