package message

import (
	"fmt"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// Details shows everything that is known about an order and its receipt. The
// receipt in the thread leaves most of it out.
func Details(v OrderView) Message {
	o := v.Order
	fields := receiptFields(v)
	if o.Receipt == nil {
		fields = detailFields(v)
	}
	var lines []string
	for _, f := range fields {
		if f.value != "" {
			lines = append(lines, fmt.Sprintf("*%s:* %s", f.label, f.value))
		}
	}
	return list(serverAndTime(o), lines, "").warned(v)
}

// detailFields lists what is known about an order without a receipt.
func detailFields(v OrderView) []field {
	o := v.Order
	fields := []field{
		{"State", stateLabel(o.State)},
		{"Reason", ""},
		{"Server id", mrkdwn.Code(o.Server.ID, maxName)},
		{"0xhost account", accountField(v, o.Account)},
		{"Order", mrkdwn.Code(string(o.ID), maxName)},
		{"Price", aboutIfKnown(estimatedPrice(v))},
		{"Because", codeIfKnown(o.Purpose)},
		{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
	}
	if o.Reason != "" {
		fields[1].value = reason(o)
	}
	if approvedByOthers(o) {
		fields = append(fields, approvalField(o, ""))
	}
	if o.State == order.Declined {
		fields = append(fields, field{"Why declined", codeIfKnown(o.DeclineReason)})
	}
	if o.DecidedBy != "" && (!approvedByOthers(o) || !o.ApprovedBy(o.DecidedBy)) {
		fields = append(fields, field{"Decided by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))})
	}
	return fields
}
