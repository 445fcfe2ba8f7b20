package store_test

import (
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func TestReplicasThatStartTogetherMigrateInTurn(t *testing.T) { // R144
	storetest.Each(t, func(t *testing.T, o store.Options) {
		const replicas = 5
		errs := make(chan error, replicas)
		for range replicas {
			go func() { errs <- store.Migrate(t.Context(), o) }()
		}
		for range replicas {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}
