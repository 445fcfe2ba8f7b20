package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// SelfRotation is what a token asks for that rotates itself.
type SelfRotation struct {
	Overlap string
	Expires time.Time // of the successor; zero is as long as the old one
	Key     string    // the same for a repeated request (R5)
}

// RotateSelf makes the successor of the token that the request came with: no wider,
// and for no longer than it was made to live itself. That is all that a token can
// make (R6), its tenant may forbid it, and its people are always told.
func (r *Rotations) RotateSelf(ctx context.Context, actor models.Actor, in SelfRotation) (Rotated, keys.Secret, error) {
	if err := actor.May(models.TokenSelf); err != nil {
		return Rotated{}, keys.Secret{}, err
	}
	tenant := actor.Tenant()
	if !tenant.TokenPolicy.SelfRotation {
		return Rotated{}, keys.Secret{}, fault.New(fault.Forbidden, "self_rotation_off", "%s does not let tokens rotate themselves. Rotate this one in the portal.", tenant.Name)
	}
	return r.replace(ctx, actor, actor.Bearer(), replacement{right: models.TokenSelf, mine: itself, key: in.Key, choose: func(tx *store.Tx, old models.Token) (models.Rotation, error) {
		most := sameSpan(old, tx.Now(), tenant.TokenDays)
		choice := models.Rotation{Overlap: models.Overlap(in.Overlap), Expires: most}
		if !in.Expires.IsZero() {
			choice.Expires = models.Time(in.Expires)
		}
		var p fault.Problems
		p.Add(choice.Expires.After(most), "expires", "A token that rotates itself lives no longer than it was made to: until %s at most.", most.Format(time.RFC3339))
		if err := p.Err(); err != nil {
			return choice, err
		}
		return choice, notTooOften(tx, old)
	}})
}

// itself is nil for the token that the request came with.
func itself(actor models.Actor, token models.Token) error {
	if token.ID != actor.Bearer() {
		return fault.Missing("token")
	}
	return nil
}

// notTooOften holds up what would rotate itself without end.
func notTooOften(tx *store.Tx, old models.Token) error {
	n, err := tx.FamilySince(old.Family, tx.Now().Add(-models.SelfRotationsIn))
	if err != nil || n < models.SelfRotationsMost {
		return err
	}
	return fault.New(fault.TooMany, "rotates_too_often", "This token was replaced %d times within an hour. Wait before it rotates itself again.", n).After(models.SelfRotationsIn)
}

// tellRotation tells everybody who is responsible for a token that it has a new
// secret, and who wanted that. Who did it by hand has seen it.
func tellRotation(tx *store.Tx, actor models.Actor, r Rotated) error {
	people, err := tokenPeople(tx, r.New)
	if err != nil {
		return err
	}
	by, body := actor.Account().Name, ""
	if actor.Bearer() != "" {
		by, body = "the token itself", "It rotated itself from address "+actor.Request().ClientIP+". "
	}
	body += leaving(r.Old)
	others := slices.DeleteFunc(slices.Clone(people), func(id string) bool { return id == actor.User() })
	link := tokenPath(actor, r.New)
	if err := tx.Notify(models.Notification{TeamID: tokenTeam(r.New), Kind: models.NotifyToken, Title: tokenRotated + ": " + r.New.Name, Body: body, Link: link}, others...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailTokenRotated, Team: tokenTeam(r.New), Path: link, Facts: MailFacts{
		Object: r.New.Name, Outcome: tokenRotated, Note: body, By: by,
	}})
}

// What mails and notifications say of a rotation.
const (
	tokenRotated     = "Token rotated"
	rotationFinished = "Rotation finished"
)

// leaving says when a token ends that another took the place of.
func leaving(old models.Token) string {
	switch {
	case old.State == models.TokenRevoked:
		return "The old one, …" + old.Hint + ", works no more."
	case old.RetireIdle:
		return "The old one, …" + old.Hint + ", goes on until nothing has used it for a day after the new one was seen, at most until " + date(*old.RetireAt) + "."
	}
	return "The old one, …" + old.Hint + ", goes on until " + date(*old.RetireAt) + "."
}
