package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// messageJSON is a question about a subscription, or the answer.
type messageJSON struct {
	ID        string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	By        string    `json:"by" example:"admin@northquay.example"`
	FromTeam  bool      `json:"from_team"` // or from those who run the tenant
	Message   string    `json:"message" example:"Which of your programs will call it?"`
	CreatedAt time.Time `json:"created_at" format:"date-time"`
} // @name Message

// newMessageJSON is what is asked.
type newMessageJSON struct {
	Message string `json:"message" example:"Which of your programs will call it?"` // 2 to 1000 characters
} // @name NewMessage

func messageFrom(m portal.MessageRow) messageJSON {
	return messageJSON{m.ID, m.By.Email, m.FromTeam, m.Body, m.CreatedAt}
}

// ListMessages shows what was asked and answered.
//
//	@Summary   List the messages of a subscription
//	@ID        listMessages
//	@Tags      subscriptions
//	@Description  Questions and answers about a request or a subscription, the oldest first; at most 100. Scope: subscriptions:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  listJSON[messageJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/messages [get]
func (a *API) ListMessages(c echo.Context) error {
	rows, err := a.Subscriptions.Messages(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, messageFrom, ""))
}

// AskPartner puts a question to the team.
//
//	@Summary   Ask the partner
//	@ID        askPartner
//	@Tags      subscriptions
//	@Description  Puts a question to the team, which is told in the portal and by e-mail. It moves nothing: a request waits as before. Its ETag changes, so that nobody decides without having read it. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string          true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string          true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string          false  "ETag of what was read"  example("7")
//	@Param     body      body    newMessageJSON  true   "the question"
//	@Success   201  {object}  messageJSON
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/messages [post]
func (a *API) AskPartner(c echo.Context) error {
	var in newMessageJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	row, err := a.Subscriptions.AsSeen(seenIn(c)...).Ask(c.Request().Context(), guard.Actor(c), c.Param("id"), in.Message)
	if err != nil {
		return late(err)
	}
	return c.JSON(http.StatusCreated, messageFrom(row))
}
