package portal

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Notifications are the use cases around a person's inbox.
type Notifications struct{ store *store.Store }

// NotificationRow is a notification with the tenant that it is about; one about the
// person's account has none.
type NotificationRow struct {
	models.Notification
	Tenant models.Tenant // zero where it is about the person's own account
}

// readers of a notification: who can do one of these actions in its tenant, and
// is in its team where it has one, may read it still (R117).
var readers = map[models.NotificationKind][]models.Action{
	models.NotifyRequested:    {models.SubscriptionReadAll},
	models.NotifyDecided:      {models.SubscriptionReadOwn},
	models.NotifySubscription: {models.SubscriptionReadOwn, models.SubscriptionReadAll},
	models.NotifyAlert:        {models.TokenReadOwn, models.ManagementTokenReadOwn, models.AlertRead},
	models.NotifyDocument:     {models.APIReadAll},
	models.NotifyLimits:       {models.SubscriptionReadOwn},
	models.NotifyQuota:        {models.SubscriptionReadOwn},
	models.NotifyVersion:      {models.SubscriptionReadOwn},
	models.NotifyIncident:     {models.SubscriptionReadOwn},
	models.NotifyMessage:      {models.SubscriptionReadOwn, models.SubscriptionReadAll},
	models.NotifyOverdue:      {models.SubscriptionReadAll},
	models.NotifyStandIn:      {models.SubscriptionReadAll},
	models.NotifyGrant:        {models.GrantDecide, models.GrantTake},
	models.NotifyRecovery:     {models.CatalogRead},
	models.NotifyRole:         {models.MemberRead},
	models.NotifyJoin:         {models.MemberManage},
	models.NotifyAdmitted:     {models.SubscriptionRequest},
	models.NotifyToken:        {models.TokenReadOwn, models.TokenReadAll, models.ManagementTokenReadOwn},
	models.NotifyPerson:       {models.MemberRead, models.SubscriptionReadOwn},
}

// List shows the newest notifications that the person may still read.
func (n *Notifications) List(ctx context.Context, actor models.Actor) ([]NotificationRow, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	return n.readable(ctx, actor, false)
}

// Unread counts what the person may read and has not.
func (n *Notifications) Unread(ctx context.Context, actor models.Actor) (int, error) {
	rows, err := n.readable(ctx, actor, true)
	return len(rows), err
}

func (n *Notifications) readable(ctx context.Context, actor models.Actor, unread bool) (rows []NotificationRow, err error) {
	var list []models.Notification
	err = n.store.Person(ctx, actor.User(), func(p store.Person) error {
		if list, err = p.Notifications(unread, store.PageMost); err != nil || len(list) == 0 {
			return err
		}
		choices, err := p.NoticeChoices()
		if without := unwanted(choices); err == nil && len(without) > 0 {
			list, err = p.Notifications(unread, store.PageMost, without...)
		}
		return err
	})
	if err != nil || len(list) == 0 {
		return rows, err
	}
	mine, err := insides(ctx, n.store, actor)
	in := make(map[string]models.Actor, len(mine))
	for _, inside := range mine {
		in[inside.Tenant().ID] = inside
	}
	if err == nil && actor.Staff() {
		err = n.outside(ctx, actor, in, list)
	}
	for _, notification := range list {
		if notification.TenantID == store.Installation {
			rows = append(rows, NotificationRow{Notification: notification})
			continue
		}
		inside, ok := in[notification.TenantID]
		if ok && canOne(inside, told(readers[notification.Kind], notification.TeamID)) && (notification.TeamID == "" || inside.TeamRole(notification.TeamID) != "") {
			rows = append(rows, NotificationRow{notification, inside.Tenant()})
		}
	}
	slices.SortFunc(rows, func(a, b NotificationRow) int { return strings.Compare(b.ID, a.ID) })
	return rows, err
}

// outside adds to the places of a staff person the tenants of which they are told
// from outside: that somebody asks to enter, or did.
func (n *Notifications) outside(ctx context.Context, actor models.Actor, in map[string]models.Actor, list []models.Notification) error {
	var ids []string
	for _, notification := range list {
		if _, ok := in[notification.TenantID]; !ok && notification.Kind == models.NotifyGrant {
			ids = append(ids, notification.TenantID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return n.store.Person(ctx, actor.User(), func(p store.Person) error {
		tenants, err := p.TenantsByID(ids)
		for id, tenant := range tenants {
			in[id] = models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request())
		}
		return err
	})
}

// MarkRead marks everything up to one notification as read.
func (n *Notifications) MarkRead(ctx context.Context, actor models.Actor, upTo string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	return n.store.MarkRead(ctx, actor.User(), upTo)
}
