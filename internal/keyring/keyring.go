// Package keyring opens the keys that the database holds wrapped: a pepper and
// an audit key per tenant, and the installation's own. The key-encryption key
// stays in internal/vault; opened keys are kept in memory and nowhere else.
package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"gatehouse/internal/audit"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

const keyLen = 32

// Keyring opens wrapped keys. It is safe for concurrent use.
type Keyring struct {
	store  *store.Store
	vault  *vault.Vault
	opened sync.Map // place → []byte
}

// New returns the keyring of a store. Open must follow before it is used.
func New(s *store.Store, v *vault.Vault) *Keyring { return &Keyring{store: s, vault: v} }

// Open makes the installation's keys on the first start, and afterwards checks
// that the vault's key is the one they were wrapped with. A wrong key is an
// error, and nothing is ever made anew over what is there (R109).
func (k *Keyring) Open(ctx context.Context) error {
	return k.store.Platform(ctx, func(p store.Platform) error {
		check, _, err := p.WrappedKey(store.Installation, store.KeyCheck)
		if err == nil {
			return k.confirm(check)
		}
		if !errors.Is(err, store.ErrNoKey) {
			return err
		}
		if tenants, listErr := p.Tenants(); listErr != nil || len(tenants) > 0 {
			return errors.Join(errors.New("keyring: the database holds tenants and no key check; was it restored in part?"), listErr)
		}
		if err := p.InsertInstallationKey(store.InstallationKey{Kind: store.KeyCheck, KeyID: "k1", Wrapped: k.vault.Check()}); err != nil {
			return err
		}
		for _, kind := range []string{store.KeyAudit, store.KeyCookie, store.KeyCheckpoint, store.KeyPepper} {
			wrapped, err := k.wrap(store.Installation, kind, "k1")
			if err != nil {
				return err
			}
			if err := p.InsertInstallationKey(store.InstallationKey{Kind: kind, KeyID: "k1", Wrapped: wrapped}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Confirm checks that the vault's key is the one that the database's keys were
// wrapped with, and makes none where there are none.
func (k *Keyring) Confirm(ctx context.Context) error {
	return k.store.Survey(ctx, func(p store.Platform) error {
		check, _, err := p.WrappedKey(store.Installation, store.KeyCheck)
		if err != nil {
			return err
		}
		return k.confirm(check)
	})
}

func (k *Keyring) confirm(check []byte) error {
	if err := k.vault.Confirm(check); err != nil {
		return fmt.Errorf("the key file does not belong to this database: %w", err)
	}
	return nil
}

// NewTenantKeys makes the keys of a new tenant, wrapped, to be stored with it.
func (k *Keyring) NewTenantKeys(tenant string) ([]store.TenantKey, error) {
	return k.tenantKeys(tenant, "k1")
}

// NewKeysFor makes the keys of a tenant that comes from another installation. Their
// name is one of their own: rows that were made with a key of the other installation
// name that key, and must not seem to be of this one.
func (k *Keyring) NewKeysFor(tenant string) ([]store.TenantKey, error) {
	name := make([]byte, 6)
	_, _ = rand.Read(name) // crypto/rand never fails
	return k.tenantKeys(tenant, "k-"+hex.EncodeToString(name))
}

func (k *Keyring) tenantKeys(tenant, keyID string) ([]store.TenantKey, error) {
	var out []store.TenantKey
	for _, kind := range []string{store.KeyAudit, store.KeyPepper} {
		wrapped, err := k.wrap(tenant, kind, keyID)
		if err != nil {
			return nil, err
		}
		out = append(out, store.TenantKey{TenantID: tenant, Kind: kind, KeyID: keyID, Wrapped: wrapped})
	}
	return out, nil
}

func (k *Keyring) wrap(scope, kind, keyID string) ([]byte, error) {
	secret := make([]byte, keyLen)
	_, _ = rand.Read(secret) // crypto/rand never fails
	return k.vault.Wrap(vault.NewSecret(secret), place(scope, kind, keyID))
}

func place(scope, kind, keyID string) vault.Place {
	return vault.Place{Purpose: kind, Tenant: scope, ID: keyID}
}

// unwrap opens a key, from memory where it was opened before.
func (k *Keyring) unwrap(scope, kind, keyID string, wrapped []byte) ([]byte, error) {
	at := place(scope, kind, keyID)
	if key, ok := k.opened.Load(at); ok {
		return key.([]byte), nil
	}
	secret, err := k.vault.Unwrap(wrapped, at)
	if err != nil {
		return nil, err
	}
	key := secret.Expose()
	k.opened.Store(at, key)
	return key, nil
}

// AuditKey opens a key of an audit chain; the store calls it.
func (k *Keyring) AuditKey(scope, keyID string, wrapped []byte) (audit.Key, error) {
	key, err := k.unwrap(scope, store.KeyAudit, keyID, wrapped)
	if err != nil {
		return audit.Key{}, err
	}
	return audit.NewKey(keyID, key)
}

// AuditKeys opens all keys of a chain, for verifying it.
func (k *Keyring) AuditKeys(ctx context.Context, chain string) ([]audit.Key, error) {
	var out []audit.Key
	err := k.store.Survey(ctx, func(p store.Platform) error {
		wrapped, err := p.AuditKeys(chain)
		for id, w := range wrapped {
			key, err := k.AuditKey(chain, id, w)
			if err != nil {
				return err
			}
			out = append(out, key)
		}
		return err
	})
	return out, err
}

// Pepper of a tenant's token digests.
type Pepper struct {
	KeyID string
	Key   []byte
}

// Peppers of a tenant, the one of new tokens first.
func (k *Keyring) Peppers(ctx context.Context, tenant string) ([]Pepper, error) {
	var out []Pepper
	err := k.store.Survey(ctx, func(p store.Platform) error {
		rows, err := p.WrappedKeys(tenant, store.KeyPepper)
		for _, row := range rows {
			key, err := k.unwrap(tenant, store.KeyPepper, row.KeyID, row.Wrapped)
			if err != nil {
				return err
			}
			out = append(out, Pepper{row.KeyID, key})
		}
		return err
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("keyring: tenant %s has no pepper", tenant)
	}
	return out, err
}

// Digest makes the digest of a new token of a tenant, and names its pepper.
func (k *Keyring) Digest(ctx context.Context, tenant string, secret keys.Secret) (digest []byte, keyID string, err error) {
	peppers, err := k.Peppers(ctx, tenant)
	if err != nil {
		return nil, "", err
	}
	d := keys.Digest(peppers[0].Key, secret.SHA256())
	return d[:], peppers[0].KeyID, nil
}

// OperatorDigest is what is stored of a token of an operator, by the SHA-256 of its secret.
func (k *Keyring) OperatorDigest(ctx context.Context, sha [32]byte) ([]byte, error) {
	pepper, err := k.installation(ctx, store.KeyPepper)
	if err != nil {
		return nil, err
	}
	d := keys.Digest(pepper, sha)
	return d[:], nil
}

// CheckpointKey signs the checkpoints of the audit chains.
func (k *Keyring) CheckpointKey(ctx context.Context) (ed25519.PrivateKey, error) {
	seed, err := k.installation(ctx, store.KeyCheckpoint)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (k *Keyring) installation(ctx context.Context, kind string) (key []byte, err error) {
	err = k.store.Survey(ctx, func(p store.Platform) error {
		wrapped, id, err := p.WrappedKey(store.Installation, kind)
		if err != nil {
			return err
		}
		key, err = k.unwrap(store.Installation, kind, id, wrapped)
		return err
	})
	return key, err
}

// LinkSecret is the secret part of a one-time link's address. It is derived, so
// that neither the link's row nor the mail waiting in the queue holds it (R34).
func (k *Keyring) LinkSecret(nonce string) string {
	return nonce + "." + base64.RawURLEncoding.EncodeToString(k.vault.Derive("link", nonce).Expose())
}

// LinkHash is what is stored of a link.
func LinkHash(secret string) []byte {
	sum := sha256.Sum256([]byte("gatehouse/link/1\x00" + secret))
	return sum[:]
}

// DemoSecret is the secret of one of the demo's own tokens, the same after a restart.
func (k *Keyring) DemoSecret(kind keys.Kind, code, name string) keys.Secret {
	return keys.Derive(kind, code, [32]byte(k.vault.Derive("demo-token", code, name).Expose()))
}

// DemoCredential is what one of the demo's upstreams demands, the same after a restart.
func (k *Keyring) DemoCredential(path string) string {
	return base64.RawURLEncoding.EncodeToString(k.vault.Derive("demo-upstream", path).Expose())
}

// SealCredential seals an upstream credential for its row.
func (k *Keyring) SealCredential(c models.Credential, value string) ([]byte, error) {
	return k.vault.Seal(vault.NewSecret([]byte(value)), credentialPlace(c))
}

// OpenCredential opens an upstream credential. A row that was moved or changed
// does not open (R106).
func (k *Keyring) OpenCredential(c models.Credential) (vault.Secret, error) {
	return k.vault.Open(c.Sealed, credentialPlace(c))
}

func credentialPlace(c models.Credential) vault.Place {
	return vault.Place{Purpose: "upstream-credential", Tenant: c.TenantID, API: c.VersionID, ID: c.ID + " " + c.Header + " " + c.Origin, Version: uint64(c.Number)}
}

// SealProvider seals the client secret of a provider for its row: it belongs to the
// issuer that it was entered for.
func (k *Keyring) SealProvider(p models.Provider, secret string) ([]byte, error) {
	return k.vault.Seal(vault.NewSecret([]byte(secret)), providerPlace(p))
}

// OpenProvider opens the client secret of a provider.
func (k *Keyring) OpenProvider(p models.Provider) (vault.Secret, error) {
	return k.vault.Open(p.Sealed, providerPlace(p))
}

func providerPlace(p models.Provider) vault.Place {
	return vault.Place{Purpose: "provider-secret", Tenant: p.TenantID, ID: p.ID + " " + p.Issuer, Version: uint64(p.Number)}
}

// SealIdentity seals the token by which a provider is asked about a person.
func (k *Keyring) SealIdentity(i models.Identity, refresh string) ([]byte, error) {
	return k.vault.Seal(vault.NewSecret([]byte(refresh)), identityPlace(i))
}

// OpenIdentity opens it.
func (k *Keyring) OpenIdentity(i models.Identity) (vault.Secret, error) {
	return k.vault.Open(i.Sealed, identityPlace(i))
}

func identityPlace(i models.Identity) vault.Place {
	return vault.Place{Purpose: "refresh-token", Tenant: i.TenantID, ID: i.UserID + " " + i.Issuer, Version: uint64(i.Number)}
}
