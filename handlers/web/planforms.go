package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/models"
	"gatehouse/views/publish"
)

// spareOperations are empty lines behind those that say something.
const spareOperations = 3

// planFormOf is the form as a plan is now.
func planFormOf(p models.Plan) publish.PlanForm {
	f := publish.PlanForm{Name: p.Name, Slug: p.Slug, Summary: p.Summary, LimitsForm: limitsFormOf(p), Auto: p.AutoApprove, Revision: p.Revision}
	for _, o := range p.Operations {
		row := publish.OperationForm{Key: o.Operation, Cost: strconv.FormatInt(o.Cost, 10)}
		if o.Calls > 0 {
			row.Calls, row.Seconds = strconv.FormatInt(o.Calls, 10), strconv.FormatInt(o.Seconds, 10)
		}
		f.Operations = append(f.Operations, row)
	}
	return spare(f)
}

func limitsFormOf(p models.Plan) publish.LimitsForm {
	f := publish.LimitsForm{QuotaPeriod: string(p.QuotaPeriod), QuotaDay: strconv.Itoa(max(p.QuotaDay, 1))}
	if p.QuotaPeriod != models.NoQuota {
		f.QuotaCalls = strconv.FormatInt(p.QuotaCalls, 10)
	}
	for i := range f.Rates {
		f.Rates[i].Seconds = "60"
		if i < len(p.Rates) {
			r := p.Rates[i]
			f.Rates[i] = publish.RateForm{Calls: strconv.FormatInt(r.Calls, 10), Seconds: strconv.FormatInt(r.Seconds, 10)}
			if r.PerToken {
				f.Rates[i].Of = publish.PerToken
			}
		}
	}
	return f
}

// spare adds empty lines for operations.
func spare(f publish.PlanForm) publish.PlanForm {
	f.Operations = append(f.Operations, make([]publish.OperationForm, min(spareOperations, models.PlanOperations-len(f.Operations)))...)
	return f
}

// readPlan reads the form. What is no number becomes one that Check refuses.
func readPlan(c echo.Context) (publish.PlanForm, models.Plan) {
	limits, p := readLimits(c)
	f := publish.PlanForm{Name: c.FormValue("name"), Slug: c.FormValue("slug"), Summary: c.FormValue("summary"), LimitsForm: limits,
		Auto: c.FormValue("auto") != "", Revision: number(c, "revision")}
	p.Name, p.Slug, p.Summary, p.AutoApprove, p.Revision = f.Name, f.Slug, f.Summary, f.Auto, f.Revision
	for i := range models.PlanOperations {
		name := "op_" + strconv.Itoa(i+1)
		row := publish.OperationForm{Key: strings.TrimSpace(c.FormValue(name + "_key")), Cost: c.FormValue(name + "_cost"),
			Calls: c.FormValue(name + "_calls"), Seconds: c.FormValue(name + "_seconds")}
		if row == (publish.OperationForm{}) {
			continue
		}
		f.Operations = append(f.Operations, row)
		o := models.OperationLimit{Operation: row.Key, Cost: 1, Calls: count(row.Calls), Seconds: count(row.Seconds)}
		if strings.TrimSpace(row.Cost) != "" {
			o.Cost = count(row.Cost)
		}
		p.Operations = append(p.Operations, o)
	}
	return spare(f), p
}

// readLimits reads rates and a quota.
func readLimits(c echo.Context) (publish.LimitsForm, models.Plan) {
	f := publish.LimitsForm{QuotaCalls: c.FormValue("quota_calls"), QuotaPeriod: c.FormValue("quota_period"), QuotaDay: c.FormValue("quota_day")}
	p := models.Plan{QuotaPeriod: models.QuotaPeriod(f.QuotaPeriod), QuotaCalls: count(f.QuotaCalls)}
	if p.QuotaPeriod == models.QuotaMonth { // the list of days is there for the others as well
		p.QuotaDay = int(count(f.QuotaDay))
	}
	for i := range f.Rates {
		name := "rate_" + strconv.Itoa(i+1)
		f.Rates[i] = publish.RateForm{Calls: c.FormValue(name + "_calls"), Seconds: c.FormValue(name + "_seconds"), Of: c.FormValue(name + "_of")}
		if strings.TrimSpace(f.Rates[i].Calls) != "" {
			p.Rates = append(p.Rates, models.Rate{Calls: count(f.Rates[i].Calls), Seconds: count(f.Rates[i].Seconds), PerToken: f.Rates[i].Of == publish.PerToken})
		}
	}
	return f, p
}

// count reads a number of calls, with or without separators: 0 for none, and
// -1, which no limit may have, for what is no number.
func count(text string) int64 {
	text = strings.NewReplacer(",", "", " ", "", "\u202f", "").Replace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// limits, quotaOf and costs are what a plan's form says of these, in words.
func limits(f publish.PlanForm) string {
	var out []string
	for _, r := range f.Rates {
		if n := count(r.Calls); n != 0 {
			words := strconv.FormatInt(n, 10) + " calls in " + strings.TrimSpace(r.Seconds) + " seconds"
			if r.Of == publish.PerToken {
				words += " for each token"
			}
			out = append(out, words)
		}
	}
	return strings.Join(out, ", ")
}

func quotaOf(f publish.PlanForm) string {
	if f.QuotaPeriod == "" {
		return "none"
	}
	words := strconv.FormatInt(count(f.QuotaCalls), 10) + " calls a " + f.QuotaPeriod
	if f.QuotaPeriod == string(models.QuotaMonth) {
		words += " from day " + strconv.FormatInt(max(count(f.QuotaDay), 1), 10)
	}
	return words
}

func costs(f publish.PlanForm) string {
	var out []string
	for _, o := range f.Operations {
		if o.Key != "" {
			out = append(out, strings.TrimSpace(o.Key+" counts "+o.Cost+" "+o.Calls+" "+o.Seconds))
		}
	}
	return strings.Join(out, ", ")
}

// missing says which of a form's operations are not in the versions of the API.
func missing(f publish.PlanForm, keys map[string]map[string]bool) (words []string) {
	for _, o := range f.Operations {
		if o.Key == "" {
			continue
		}
		var without []string
		for _, version := range slices.Sorted(maps.Keys(keys)) {
			if !keys[version][o.Key] {
				without = append(without, version)
			}
		}
		switch {
		case len(keys) == 0 || len(without) == 0:
		case len(without) == len(keys):
			words = append(words, "No published version has the operation "+o.Key)
		default:
			words = append(words, "The operation "+o.Key+" is not in "+strings.Join(without, ", "))
		}
	}
	return words
}
