package store

import (
	"encoding/json"

	"gorm.io/gorm"

	"gatehouse/models"
)

// APIAccess is how a reader stands with an API.
type APIAccess string

// The accesses that a list can be narrowed to.
const (
	AccessOpen       APIAccess = "open"       // a plan of it is given at once
	AccessApproval   APIAccess = "approval"   // it has plans, and somebody approves all of them
	AccessSubscribed APIAccess = "subscribed" // a team of the reader's has it, or waits for it
)

// APIOrder is how a list of APIs is sorted.
type APIOrder string

// The orders of a list.
const (
	APIsByName   APIOrder = ""
	APIsByAge    APIOrder = "newest"  // the newest first
	APIsByChange APIOrder = "updated" // whose document was put in force last first
)

// APIFilter narrows a list of APIs; its zero value but for Limit is everything
// the actor may see.
type APIFilter struct {
	Text       string // every word of it stands in the name, the summary, the slug, the category or a tag
	Category   string
	Tag        string
	State      models.VersionState // a version that the actor sees is in it
	Access     APIAccess
	Visibility models.Visibility
	Order      APIOrder
	After      string // slug: only those behind it
	Limit      int    // 1 to 100
}

// APIs are the first of the tenant's APIs with every word of the text in name,
// summary, slug, category or a tag.
func (t Tenant) APIs(text string) ([]models.API, error) {
	return t.APIsBy(APIFilter{Text: text, Limit: PageMost})
}

// changed is when a document of an API was put in force last, as SQL; for an API
// without one, when it was made.
const changed = `COALESCE((SELECT MAX(r.published_at) FROM revisions r JOIN versions v ON v.tenant_id = r.tenant_id AND v.published_id = r.id
	WHERE v.tenant_id = apis.tenant_id AND v.api_id = apis.id AND v.state IN ('published', 'deprecated')), apis.created_at)`

// APIsBy lists the tenant's APIs: all of them for those who may see drafts, for
// others those that are there for them and have a version that is published.
func (t Tenant) APIsBy(f APIFilter) ([]models.API, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	q := t.apisLike(f)
	if f.After != "" {
		var last models.API
		if err := t.visibleAPIs().Where("slug = ?", f.After).Take(&last).Error; err != nil {
			return nil, missing(err, "API")
		}
		switch f.Order {
		case APIsByAge:
			q = q.Where("id < ?", last.ID)
		case APIsByChange:
			then := func() *gorm.DB { return t.visibleAPIs().Select(changed).Where("slug = ?", f.After) }
			q = q.Where("("+changed+" < (?) OR "+changed+" = (?) AND id < ?)", then(), then(), last.ID)
		default:
			q = q.Where("(name > ? OR name = ? AND id > ?)", last.Name, last.Name, last.ID)
		}
	}
	switch f.Order {
	case APIsByAge: // ids are made in the order of time
		q = q.Order("id DESC")
	case APIsByChange:
		q = q.Order(changed + " DESC, id DESC")
	default:
		q = q.Order("name, id")
	}
	var as []models.API
	err := q.Limit(f.Limit).Find(&as).Error
	return as, err
}

// apisLike are the APIs of a filter that the actor may see, in no order.
func (t Tenant) apisLike(f APIFilter) *gorm.DB {
	q := t.visibleAPIs()
	for _, word := range words(f.Text) {
		q = q.Where(`(LOWER(name) LIKE ? ESCAPE '\' OR LOWER(summary) LIKE ? ESCAPE '\' OR slug LIKE ? ESCAPE '\' OR LOWER(category) LIKE ? ESCAPE '\' OR tags LIKE ? ESCAPE '\')`,
			word, word, word, word, word)
	}
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.Tag != "" {
		quoted, _ := json.Marshal(f.Tag) // as the column has it
		q = q.Where(`tags LIKE ? ESCAPE '\'`, "%"+escapeLike(string(quoted))+"%")
	}
	if f.State != "" {
		q = q.Where("id IN (?)", t.visibleVersions().Select("api_id").Where("state = ?", f.State))
	}
	if f.Visibility != "" {
		q = q.Where("visibility = ?", f.Visibility)
	}
	offered := t.db.Model(&models.Plan{}).Select("api_id").Where("archived_at IS NULL")
	atOnce := t.db.Model(&models.Plan{}).Select("api_id").Where("archived_at IS NULL AND auto_approve = ?", true)
	switch f.Access {
	case AccessOpen:
		q = q.Where("id IN (?)", atOnce)
	case AccessApproval:
		q = q.Where("id IN (?) AND id NOT IN (?)", offered, atOnce)
	case AccessSubscribed:
		q = q.Where("id IN (?)", t.subscribedBy(t.actor.Teams()))
	}
	return q
}

// subscribedBy are the APIs to which one of the teams has an open subscription, by id.
func (t Tenant) subscribedBy(teams []string) *gorm.DB {
	return t.db.Model(&models.Subscription{}).Select("api_id").Where("team_id IN ? AND state IN ?", teams, models.OpenSubscriptions)
}

// APILabels are what a catalog is narrowed by, with how many APIs of a filter that
// the actor sees have each.
type APILabels struct {
	Categories, Tags map[string]int
	Uncategorised    int
	All              int
}

// labelsMost is of how many APIs the labels are counted (R134).
const labelsMost = 5000

// APILabels counts the categories and tags of a filter's APIs.
func (t Tenant) APILabels(f APIFilter) (APILabels, error) {
	out := APILabels{Categories: map[string]int{}, Tags: map[string]int{}}
	var as []models.API
	if err := t.apisLike(f).Select("id", "category", "tags").Limit(labelsMost).Find(&as).Error; err != nil {
		return out, err
	}
	out.All = len(as)
	for _, a := range as {
		if a.Category == "" {
			out.Uncategorised++
		} else {
			out.Categories[a.Category]++
		}
		for _, tag := range a.Tags {
			out.Tags[tag]++
		}
	}
	return out, nil
}
