package models

import "time"

// GatewaySilent is how long a gateway may say nothing before it counts as silent:
// several times as long as it takes between two signs of life.
const GatewaySilent = 15 * time.Second

// GatewayForgotten is how long a silent one is remembered.
const GatewayForgotten = 24 * time.Hour

// Gateway is a process of the installation: it decides about calls, and answers pages.
type Gateway struct {
	ID        string `gorm:"primaryKey"`
	StartedAt time.Time
	Applied   int64     // number of the last change that it decides by
	AppliedAt time.Time // when it told so
	SeenAt    time.Time // its last sign of life
	Host      string    // name of the computer that it runs on
	Version   string    // of the program
}

// Silent reports whether it has said nothing for too long. It may be gone; if it
// runs all the same, it refuses every call once it cannot read the records.
func (g Gateway) Silent(now time.Time) bool { return now.Sub(g.SeenAt) > GatewaySilent }

// Has reports whether the gateway decides by a change.
func (g Gateway) Has(seq int64) bool { return g.Applied >= seq }
