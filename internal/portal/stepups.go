package portal

import (
	"context"
	"encoding/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/models"
)

// BeginStepUp asks the person to confirm one action on one object (R24).
func (a *Accounts) BeginStepUp(ctx context.Context, actor models.Actor, session []byte, action, object string) (json.RawMessage, error) {
	if err := actor.May(models.AccountConfirm); err != nil {
		return nil, err
	}
	if action == "" || len(action)+len(object) > stepUpMaxLen {
		return nil, fault.New(fault.BadRequest, "bad_request", "This page asked to confirm something that does not exist. Reload it.")
	}
	u, err := a.withPasskeys(ctx, actor)
	if err != nil {
		return nil, err
	}
	if len(u.Credentials) == 0 { // of who came through a provider
		return nil, fault.New(fault.Conflict, "passkey_needed", "This is confirmed with a passkey, and your account has none yet. Make one on the page of your account, under your name.")
	}
	c, err := a.passkeys.BeginStepUp(u, session, passkey.Act{Action: action, Object: object})
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyStepUp, c, stepUp{c.State, action, object})
}

// stepUpMaxLen is the longest name of an action and its object, in bytes.
const stepUpMaxLen = 512

type stepUp struct {
	State  []byte `json:"state"`
	Action string `json:"action"`
	Object string `json:"object"`
}

// FinishStepUp returns the id of a proof that is good for that action on that
// object, once, for store.ProofLifetime. The session's id changes with a step-up
// (R36): renew does that and names the session to which the proof belongs.
func (a *Accounts) FinishStepUp(ctx context.Context, actor models.Actor, session, answer []byte, renew func() ([]byte, error)) (proofID string, err error) {
	if err := actor.May(models.AccountConfirm); err != nil {
		return "", err
	}
	var kept stepUp
	if err := a.take(ctx, session, ceremonyStepUp, answer, &kept); err != nil {
		return "", err
	}
	u, err := a.withPasskeys(ctx, actor)
	if err != nil {
		return "", err
	}
	proof, err := a.passkeys.FinishStepUp(kept.State, u, session, passkey.Act{Action: kept.Action, Object: kept.Object}, answer)
	if err != nil {
		return "", err
	}
	keys, err := a.keysOf(ctx, actor)
	if err != nil {
		return "", err
	}
	if _, err := a.noteUse(ctx, self(actor, actor.Account()), "session.step_up", proof, keys); err != nil {
		return "", err
	}
	if session, err = renew(); err != nil {
		return "", err
	}
	return a.store.InsertProof(ctx, session, actor.User(), kept.Action, kept.Object, proof.Assertion)
}
