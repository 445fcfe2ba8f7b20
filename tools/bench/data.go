package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

var pepper = []byte("a pepper of the benchmark, 32 b.")

// fill publishes the snapshot and the tokens.
func fill(g *gateway.Gateway, upstream string) error {
	version, plan, team := id(1, 1), id(2, 1), id(3, 1)
	nq := gateway.Tenant{ID: id(4, 1), Slug: "north-quay", Code: "nq", Public: true, Peppers: []gateway.Pepper{{KeyID: "k1", Secret: pepper}},
		Versions: []gateway.Version{{
			ID: version, API: id(5, 1), APISlug: "berths", Name: "v1", Upstream: upstream + "/v1",
			Credential: gateway.NewCredential("c1", "X-Upstream-Key", "the upstream's own key"),
			Operations: operations(), Origins: []string{"http://localhost:3000"},
			Plans: []gateway.Plan{{ID: plan, Rates: []limit.Rate{
				{Calls: 1_000_000, Window: time.Second}, {Calls: 1_000_000_000, Window: time.Hour}},
				Quota: limit.Quota{Calls: 1_000_000_000, Refill: limit.Refill{Period: limit.Day}}}},
			Subscriptions: []gateway.Subscription{{ID: id(6, 1), Team: team, Plan: plan}},
		}}}
	tenants := []gateway.Tenant{nq}
	for i := 2; i <= 50; i++ {
		t := nq
		t.ID, t.Slug, t.Code = id(4, i), fmt.Sprintf("tenant-%d", i), fmt.Sprintf("t%d", i)
		tenants = append(tenants, t)
	}
	var compiled []*gateway.Compiled
	for _, t := range tenants {
		c, err := gateway.Compile(t)
		if err != nil {
			return err
		}
		compiled = append(compiled, c)
	}
	rights := &gateway.Rights{Grants: []gateway.Grant{{Version: version, Access: gateway.Read}}}
	for i := 1; i <= 10_000; i++ {
		secret := keys.Derive(keys.Access, "nq", [32]byte{byte(i), byte(i >> 8)})
		g.Tokens.Put(keys.Digest(pepper, secret.SHA256()), gateway.TokenRecord{
			ID: id(7, i), Tenant: nq.ID, Team: team, Owner: id(8, i%100), Expires: clock.System.Now().Add(24 * time.Hour), Rights: rights})
	}
	g.Publish(gateway.NewSnapshot(compiled...))
	return nil
}

func operations() []gateway.Operation {
	all := []gateway.Operation{}
	for _, noun := range []string{"berths", "vessels", "calls", "tariffs", "pilots"} {
		all = append(all,
			gateway.Operation{Key: "list " + noun, Method: "GET", Path: "/" + noun},
			gateway.Operation{Key: "add " + noun, Method: "POST", Path: "/" + noun, Write: true},
			gateway.Operation{Key: "get " + noun, Method: "GET", Path: "/" + noun + "/{id}"})
	}
	return all
}

func id(kind, n int) (i gateway.ID) {
	i[0] = byte(kind)
	binary.BigEndian.PutUint64(i[8:], uint64(n))
	return i
}
