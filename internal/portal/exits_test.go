package portal

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/models"
)

// Whoever leaves several tenants in one transaction takes their locks in one order,
// whatever the tenants are called and whatever the person has in each: so that two who
// leave never wait for each other.
func TestExitsAreInOneOrder(t *testing.T) {
	in := func(id, name string) models.Actor {
		return models.NewActor(models.Standing{}, models.Tenant{ID: id, Name: name}, models.Request{})
	}
	out := exits([]models.Actor{in("3", "A"), in("1", "Z"), in("4", "B")}, []seat{{models.Tenant{ID: "2"}, true}, {models.Tenant{ID: "4"}, false}})
	var order []string
	for _, e := range out {
		name := ""
		if e.standing != nil {
			name = e.standing.Tenant().ID
		}
		for _, s := range e.seats {
			name += "s" + s.ID
		}
		order = append(order, name)
	}
	if want := []string{"1", "s2", "3", "4s4"}; !slices.Equal(order, want) {
		t.Errorf("left in the order %s", strings.Join(order, " "))
	}
}
