package portal

import (
	"context"
	"slices"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Clients are the use cases around the programs that a tenant has registered to ask
// about tokens.
type Clients struct {
	store *store.Store
	keys  *keyring.Keyring
	seen  seen
}

// ClientRow is a client with what it is told about.
type ClientRow struct {
	models.Client
	Versions []VersionRow
	By       models.User // who registered it
}

// VersionRow is a version with its API.
type VersionRow struct {
	API     models.API
	Version models.Version
}

// ClientForm is what somebody fills in to register a client or to change it.
type ClientForm struct {
	Name      string
	Versions  []string // ids
	MayRevoke bool
	Key       string // of a new one: the same for a repeated request (R5)
}

// List shows all clients of the tenant, by name.
func (c *Clients) List(ctx context.Context, actor models.Actor) (rows []ClientRow, err error) {
	if err := actor.May(models.ClientRead); err != nil {
		return nil, err
	}
	err = c.store.As(ctx, actor, func(r store.Tenant) error {
		clients, err := r.Clients()
		if err != nil {
			return err
		}
		rows, err = clientRows(r, clients...)
		return err
	})
	return rows, err
}

// Show is one client.
func (c *Clients) Show(ctx context.Context, actor models.Actor, id string) (row ClientRow, err error) {
	if err := actor.May(models.ClientRead); err != nil {
		return row, err
	}
	err = c.store.As(ctx, actor, func(r store.Tenant) error {
		client, err := r.Client(id)
		if err != nil {
			return err
		}
		rows, err := clientRows(r, client)
		if err == nil {
			row = rows[0]
		}
		return err
	})
	return row, err
}

func clientRows(r store.Tenant, clients ...models.Client) ([]ClientRow, error) {
	told, err := r.ClientVersions(ids(clients, func(c models.Client) string { return c.ID })...)
	if err != nil {
		return nil, err
	}
	people, err := r.Users(ids(clients, func(c models.Client) string { return c.CreatedBy }))
	if err != nil {
		return nil, err
	}
	rows := make([]ClientRow, len(clients))
	for i, c := range clients {
		rows[i].Client, rows[i].By = c, people[c.CreatedBy]
		if rows[i].Versions, err = versionRows(r, told[c.ID]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// versionRows are the named versions with their APIs, by name.
func versionRows(r store.Tenant, versions []string) ([]VersionRow, error) {
	byID, err := r.VersionsByID(versions)
	if err != nil {
		return nil, err
	}
	apis, err := r.APIsByID(ids(versions, func(v string) string { return byID[v].APIID }))
	if err != nil {
		return nil, err
	}
	var rows []VersionRow
	for _, id := range versions {
		rows = append(rows, VersionRow{apis[byID[id].APIID], byID[id]})
	}
	slices.SortFunc(rows, compareVersions)
	return rows, nil
}

func compareVersions(a, b VersionRow) int {
	return slices.Compare([]string{a.API.Name, a.Version.Name, a.Version.ID}, []string{b.API.Name, b.Version.Name, b.Version.ID})
}

// Choices are the versions that a client can be told about: all that partners may
// have tokens for, by name.
func (c *Clients) Choices(ctx context.Context, actor models.Actor) (rows []VersionRow, err error) {
	if err := actor.May(models.ClientManage); err != nil {
		return nil, err
	}
	err = c.store.As(ctx, actor, func(r store.Tenant) error {
		apis, err := r.APIs("")
		if err != nil {
			return err
		}
		byID := map[string]models.API{}
		for _, a := range apis {
			byID[a.ID] = a
		}
		versions, err := r.VersionsOf(ids(apis, func(a models.API) string { return a.ID }))
		for _, v := range versions {
			if v.Live() {
				rows = append(rows, VersionRow{byID[v.APIID], v})
			}
		}
		slices.SortFunc(rows, compareVersions)
		return err
	})
	return rows, err
}

// Register makes a client and returns its secret, which nobody can ever see again.
// It demands a step-up for the tenant (R24).
func (c *Clients) Register(ctx context.Context, actor models.Actor, in ClientForm) (models.Client, keys.Secret, error) {
	if err := actor.May(models.ClientManage); err != nil {
		return models.Client{}, keys.Secret{}, err
	}
	client := models.Client{ID: models.NewID(), Name: in.Name, MayRevoke: in.MayRevoke, CreatedBy: actor.User()}
	secret, err := mintClient(ctx, c.keys, actor, &client)
	if err != nil {
		return client, keys.Secret{}, err
	}
	err = c.store.Do(ctx, actor, models.ClientManage, func(tx *store.Tx) error {
		if err := checkClient(tx, client, in.Versions); err != nil {
			return err
		}
		if earlier, err := tx.Remember(in.Key, client.ID); err != nil {
			return err
		} else if earlier != "" {
			return fault.New(fault.Conflict, "already_created",
				"This client was registered already, and its secret is not shown again. If you do not have it, let the client have a new one.")
		}
		if err := tx.UseProof(actor.Tenant().ID); err != nil {
			return err
		}
		if err := tx.InsertClient(&client, in.Versions); err != nil {
			return err
		}
		return tx.RecordAs("client.register", "client", client.ID, clientDetails(client, in.Versions), nil, nil)
	})
	if err != nil {
		return client, keys.Secret{}, err
	}
	return client, secret, nil
}

// mintClient gives a client another secret.
func mintClient(ctx context.Context, ring *keyring.Keyring, actor models.Actor, c *models.Client) (keys.Secret, error) {
	secret := keys.Mint(keys.Client, actor.Tenant().Code)
	digest, keyID, err := ring.Digest(ctx, actor.Tenant().ID, secret)
	c.Digest, c.KeyID, c.Hint = digest, keyID, secret.Hint()
	return secret, err
}

// checkClient checks what was filled in; versions are the tenant's own.
func checkClient(tx *store.Tx, c models.Client, versions []string) error {
	known, err := tx.VersionsByID(versions)
	if err != nil {
		return err
	}
	var p fault.Problems
	for _, v := range versions {
		p.Add(known[v].ID == "" && len(p) == 0, "versions", "One of these versions is not there any more. Reload the page to see what is left.")
	}
	return check(p, c.Check(len(versions)))
}

func clientDetails(c models.Client, versions []string) map[string]any {
	return map[string]any{"name": c.Name, "versions": versions, "may_revoke": c.MayRevoke, "hint": c.Hint}
}

// Change gives a client another name and other rights, as it was at the given
// revision. It demands a step-up for the client.
func (c *Clients) Change(ctx context.Context, actor models.Actor, id string, in ClientForm, revision int) error {
	if err := actor.May(models.ClientManage); err != nil {
		return err
	}
	c = &Clients{c.store, c.keys, seen{strconv.Itoa(revision)}}
	return c.update(ctx, actor, id, "client.change", id, func(tx *store.Tx, client *models.Client, versions []string) ([]string, error) {
		client.Name, client.MayRevoke = in.Name, in.MayRevoke
		return in.Versions, checkClient(tx, *client, in.Versions)
	})
}

// Rotate gives a client another secret and returns it; the one before opens nothing
// from then on. It demands a step-up for the client's secret (R24).
func (c *Clients) Rotate(ctx context.Context, actor models.Actor, id string) (row ClientRow, secret keys.Secret, err error) {
	if err := actor.May(models.ClientManage); err != nil {
		return row, secret, err
	}
	var fresh models.Client
	if secret, err = mintClient(ctx, c.keys, actor, &fresh); err != nil {
		return row, keys.Secret{}, err
	}
	err = c.update(ctx, actor, id, "client.rotate", ClientSecret(id), func(tx *store.Tx, client *models.Client, versions []string) ([]string, error) {
		client.Digest, client.KeyID, client.Hint, client.RotatedAt = fresh.Digest, fresh.KeyID, fresh.Hint, tx.Now()
		return versions, nil
	})
	if err != nil {
		return row, keys.Secret{}, err
	}
	row, err = c.Show(ctx, actor, id)
	return row, secret, err
}

// ClientSecret is what a step-up is for that gives a client another secret: it is
// good for nothing else about the client.
func ClientSecret(id string) string { return "secret of " + id }

func (c *Clients) update(ctx context.Context, actor models.Actor, id, verb, proof string, change func(*store.Tx, *models.Client, []string) ([]string, error)) error {
	return c.store.Do(ctx, actor, models.ClientManage, func(tx *store.Tx) error {
		client, err := tx.LockClient(id)
		if err != nil {
			return err
		}
		if err := c.seen.still(strconv.Itoa(client.Revision)); err != nil {
			return err
		}
		told, err := tx.ClientVersions(id)
		if err != nil {
			return err
		}
		versions, err := change(tx, &client, told[id])
		if err != nil {
			return err
		}
		if err := tx.UseProof(proof); err != nil {
			return err
		}
		if err := tx.UpdateClient(client, versions); err != nil {
			return err
		}
		return tx.RecordAs(verb, "client", id, clientDetails(client, versions), nil, nil)
	})
}

// Remove ends a client: its secret opens nothing any more.
func (c *Clients) Remove(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.ClientManage); err != nil {
		return err
	}
	return c.store.Do(ctx, actor, models.ClientManage, func(tx *store.Tx) error {
		client, err := tx.LockClient(id)
		if err != nil {
			return err
		}
		if err := c.seen.still(strconv.Itoa(client.Revision)); err != nil {
			return err
		}
		if err := tx.DeleteClient(id); err != nil {
			return err
		}
		return tx.RecordAs("client.remove", "client", id, map[string]any{"name": client.Name}, nil, nil)
	})
}

// AsSeen are the same use cases for who removes a client only as they saw it: its Revision.
func (c *Clients) AsSeen(states ...string) *Clients { return &Clients{c.store, c.keys, states} }
