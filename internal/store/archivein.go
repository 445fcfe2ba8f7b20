package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Carrier stores the rows of an archive in the transaction of a tenant that was just
// made. Finish must follow.
type Carrier struct {
	tx     *Tx
	people map[string]string // ids of the archive, and those that they have here
	held   []held
}

// held are the columns of a row that refer to what comes behind it.
type held struct {
	table  carried
	key    []any
	values map[string]any
}

// Carrier begins; people are who the rows may name, with the ids that they have here.
func (t *Tx) Carrier(people map[string]string) *Carrier { return &Carrier{tx: t, people: people} }

// intoAtOnce bounds one statement: in rows, values and bytes.
const (
	intoRows   = 200
	intoValues = 20_000
	intoBytes  = 8 << 20
)

// Carry stores the rows of a table, each after settle has looked at it: a pointer to
// what it is in models. It returns how many there were. A row that is not as CarryOut
// writes it, or refers to one that is not there, is an error, and all is undone.
func (c *Carrier) Carry(table string, lines iter.Seq2[[]byte, error], settle func(row any) error) (n int, err error) {
	t, err := carriedTable(table)
	if err != nil {
		return 0, err
	}
	ctx := c.tx.db.Statement.Context
	most := max(1, min(intoRows, intoValues/(len(t.fields)+1)))
	rows, size := reflect.MakeSlice(reflect.SliceOf(t.row), 0, most), 0
	flush := func() error {
		if rows.Len() == 0 {
			return nil
		}
		batch := reflect.New(rows.Type())
		batch.Elem().Set(rows)
		err := c.tx.db.Create(batch.Interface()).Error
		rows, size = reflect.MakeSlice(rows.Type(), 0, most), 0
		return refusedRow(table, err)
	}
	for line, err := range lines {
		if err != nil {
			return n, err
		}
		n++
		row := reflect.New(t.row)
		if err := t.decode(ctx, line, row.Elem(), c.people); err != nil {
			return n, badRow(table, n, err)
		}
		if err := settle(row.Interface()); err != nil {
			return n, err
		}
		c.hold(ctx, t, row.Elem())
		rows, size = reflect.Append(rows, row.Elem()), size+len(line)
		if rows.Len() == most || size > intoBytes {
			if err := flush(); err != nil {
				return n, err
			}
		}
		c.tx.busy()
	}
	return n, flush()
}

func badRow(table string, n int, err error) error {
	return fault.New(fault.Invalid, "archive_refused", "The archive is refused: row %d of %s is not one (%v). Nothing was imported.", n, table, err)
}

func refusedRow(table string, err error) error {
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.New(fault.Invalid, "archive_refused", "The archive is refused: a row of %s is there twice, or stands in this installation already. Nothing was imported.", table).Because(err)
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.New(fault.Invalid, "archive_refused", "The archive is refused: a row of %s refers to one that is not in it. Nothing was imported.", table).Because(err)
	case errors.Is(err, gorm.ErrCheckConstraintViolated) || against(err):
		return fault.New(fault.Invalid, "archive_refused", "The archive is refused: a row of %s holds what cannot be. Nothing was imported.", table).Because(err)
	}
	return err
}

// hold takes out of a row what refers to rows behind it.
func (c *Carrier) hold(ctx context.Context, t carried, row reflect.Value) {
	if len(t.later) == 0 {
		return
	}
	values := map[string]any{}
	for _, f := range t.fields {
		first, ok := t.later[f.DBName]
		if !ok {
			continue
		}
		at := f.ReflectValueOf(ctx, row)
		values[f.DBName] = at.Interface()
		if first == nil {
			at.SetZero()
		} else {
			at.Set(reflect.ValueOf(first).Convert(at.Type()))
		}
	}
	c.held = append(c.held, held{t, t.key(ctx, row), values})
}

// Finish stores what was held back.
func (c *Carrier) Finish() error {
	for _, h := range c.held {
		q := c.tx.db.Model(reflect.New(h.table.row).Interface())
		for i, column := range h.table.keys {
			q = q.Where(column+" = ?", h.key[i])
		}
		values := map[string]any{}
		for column, v := range h.values {
			if at := reflect.ValueOf(v); at.Kind() == reflect.Pointer && at.IsNil() {
				v = nil
			}
			values[column] = v
		}
		if err := refusedRow(h.table.Name, exactlyOne(q.UpdateColumns(values), h.table.Name)); err != nil {
			return err
		}
	}
	return nil
}

// Guides are those that were stored.
func (c *Carrier) Guides() ([]models.Guide, error) {
	var gs []models.Guide
	err := c.tx.db.Order("id").Find(&gs).Error
	return gs, err
}

// Published are the ids of the revisions in force.
func (c *Carrier) Published() ([]string, error) {
	var ids []string
	err := c.tx.db.Model(&models.Version{}).Where("published_id IS NOT NULL").Order("id").Pluck("published_id", &ids).Error
	return ids, err
}

// encode writes a row as a JSON object with its columns in their order.
func (c carried) encode(ctx context.Context, row reflect.Value) (line []byte, people []string, err error) {
	var b bytes.Buffer
	for i, f := range c.fields {
		b.WriteByte("{,"[min(i, 1)])
		v := f.ReflectValueOf(ctx, row).Interface()
		switch at := v.(type) {
		case time.Time:
			v = models.Time(at)
		case *time.Time:
			v = models.TimeOrNil(at)
		case string:
			if personal(f.DBName) && at != "" {
				people = append(people, at)
			}
		}
		b.WriteString(`"` + f.DBName + `":`)
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return nil, nil, err
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), people, nil
}

// decode reads what encode wrote and nothing else: each column once, in their order,
// in the same spelling. People get the ids that they have here.
func (c carried) decode(ctx context.Context, line []byte, row reflect.Value, people map[string]string) error {
	var cells map[string]json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil {
		return errors.New("no JSON object")
	}
	if len(cells) != len(c.fields) {
		return fmt.Errorf("%d columns instead of %d", len(cells), len(c.fields))
	}
	for _, f := range c.fields {
		cell, ok := cells[f.DBName]
		if !ok {
			return fmt.Errorf("no column %s", f.DBName)
		}
		d := json.NewDecoder(bytes.NewReader(cell))
		d.DisallowUnknownFields()
		if err := d.Decode(f.ReflectValueOf(ctx, row).Addr().Interface()); err != nil {
			return fmt.Errorf("%s is none", f.DBName)
		}
		if at := reflect.Indirect(f.ReflectValueOf(ctx, row)); at.Kind() == reflect.String && strings.ContainsRune(at.String(), 0) {
			return fmt.Errorf("%s holds what no text holds", f.DBName) // and PostgreSQL cannot keep
		}
	}
	again, _, err := c.encode(ctx, row)
	if err != nil || !bytes.Equal(again, line) {
		return errors.New("it is not written as Gatehouse writes it")
	}
	for _, f := range c.fields {
		at := f.ReflectValueOf(ctx, row)
		if id, ok := at.Interface().(string); ok && personal(f.DBName) && id != "" {
			here, known := people[id]
			if !known && models.IsID(id) {
				return fmt.Errorf("%s names a person who is not in it", f.DBName)
			}
			if known {
				at.SetString(here)
			}
		}
	}
	return nil
}

// InsertChain stores a part of an audit chain that was made elsewhere, as the
// beginning of the tenant's own, and returns what the event has to say that vouches
// for it. Each event is handed to seen first.
func (t *Tx) InsertChain(events iter.Seq2[audit.Event, error], seen func(audit.Event) error) (audit.Imported, error) {
	var p audit.Prefix
	chain := scopeOf(t.actor)
	rows := make([]auditEvent, 0, intoRows)
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := t.db.Create(&rows).Error
		rows = rows[:0]
		return refusedRow("audit", err)
	}
	for e, err := range events {
		if bad, ok := errors.AsType[*audit.LineError](err); ok {
			return p.Imported(), badRow("audit", bad.Line, errors.New(bad.Reason))
		}
		if err == nil {
			err = p.Take(chain, e)
			if err != nil {
				return p.Imported(), badRow("audit", int(e.Seq), err)
			}
			err = seen(e)
		}
		if err != nil {
			return p.Imported(), err
		}
		if rows = append(rows, rowOf(e)); len(rows) == intoRows {
			if err := flush(); err != nil {
				return p.Imported(), err
			}
		}
		t.busy()
	}
	if err := flush(); err != nil {
		return p.Imported(), err
	}
	head := p.Head()
	return p.Imported(), t.db.Create(&auditHead{TenantID: chain, Seq: int64(head.Seq), Hash: slices.Clone(head.Hash)}).Error
}

// InsertAbsent stores who stands for somebody of another installation.
func (t *Tx) InsertAbsent(u *models.User) error {
	u.CreatedAt, u.UpdatedAt = t.now, t.now
	err := t.db.Create(u).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return refusedRow("people", err)
	}
	return err
}

// InsertArrival keeps who may come back into the tenant by invitation.
func (t *Tx) InsertArrival(a *models.Arrival) error {
	a.CreatedAt = t.now
	return refusedRow("people", t.db.Create(a).Error)
}

// Arrivals are who has not come back yet, by address.
func (t Tenant) Arrivals(after string, limit int) ([]models.Arrival, error) {
	var as []models.Arrival
	err := t.db.Where("email > ?", after).Order("email").Limit(limit).Find(&as).Error
	return as, err
}

// TakeArrival removes the arrival of an address and returns it, NotFound where there is none.
func (t *Tx) TakeArrival(email string) (models.Arrival, error) {
	var a models.Arrival
	if err := t.db.Where("email = ?", email).Take(&a).Error; err != nil {
		return a, missing(err, "arrival")
	}
	return a, t.db.Where("email = ?", email).Delete(&models.Arrival{}).Error
}
