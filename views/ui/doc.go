// Package ui is the kit of which every page is made, and the only place where HTML, class
// names and our drawings live: pages hold layout words (stack, row, split, cols-2, cols-3,
// push, muted, small, num, nowrap, sr) and these components. LOOK.md says how they look.
// It shows what it is given; it asks nobody.
//
// Arguments that a component needs come first, templ.Attributes (or nil) last; a "class"
// among them is added to the component's own. URLs are sanitised.
//
//	Frame     layout.Page{…}.With(){…}, .Error(status, title, message, requestID, code), layout.Flash(message)
//	Head      Head(Heading{Title, Lead, Code, Crumbs, Signs}){actions}  Crumbs([]Link)  Side(label, []SideItem)
//	Boxes     Panel(title, attrs)  PanelWith(title, right, attrs)  Box(attrs)
//	          PanelHead()  PanelBody()  PanelFoot()
//	Messages  Notice(tone, title, attrs){…}  NoticeAct(tone, title, actions, attrs){…}
//	          Empty(icon, title, text){button}
//	Signs     State("revoked") → Sign   Mark(sign)  Badge(sign)  BadgePlain(word)  Count(n, tone)
//	          Method("GET")  Code(404)  Avatar(name)  Logo(Brand, size)  Swatch(colour, name)
//	          Kbd(keys)  Icon(name, classes...)
//	Forms     Input(Control, attrs)  TextArea(Control, rows, attrs)  Select(Control, []Option, attrs)
//	          SelectBare  Check(Control, checked, attrs)  Choices(Control, []Option)
//	          SegRadios(legend, name, value, []Option)  SearchField(name, label, value, attrs)
//	          FormProblems(title, []fault.Field)  Problem(problems, name) → Control.Problem
//	Actions   Button(text, icon, style, attrs)  ButtonLink(text, icon, url, style, attrs)
//	          Default Primary Danger Quiet, + Small Large Block   SegLinks(label, []SegLink, attrs)
//	          ConfirmForm(Confirm, attrs){what it breaks}
//	Passkeys  <form data-passkey="create|get" data-begin=URL data-finish=URL> with PasskeyAlert();
//	          a form with StepUp(action, object) as attributes and StepUpFields() inside
//	Secrets   Secret(label, text)  CodeBox(id, label, code){head}  CopyButton(of, what, style)
//	Data      Stats(){Stat… StatLink…}  Facts(){Fact(term){value}}  FactsList()  Feed(){Event(icon, tone, at, now){…}}
//	          Evidence(){Evid(icon, tone){…}}  Quote(text)  Table(caption, attrs){Heads(…) or Th, SortTh}
//	          Pager(Pages)  Meter(label, used, gone)  Bars([]Bar)  Sub(text)
//	Times     Time(t, now)  TimeOfDay(t)  Day(t, now)
//	Graphs    Graph(GraphData), with "graph.js" in Page.Scripts   Spark(label, []SparkPoint, ended)
//	          Strip(label, values, ended)  Uptime(label, []Health)
//	Places    Hero  BigSearch  Steps(){Step(n, title, text, tone, word)}  Gate(Brand, title, lead){GateForm(label, kind, begin, finish){…}}  Or
//	          APIGrid(){APICard(APICardData){meta}}  Perm(PermRow){scopes}  Inbox()  Mail(MailRow)  Bulk(words){…}
//	          BarSticky(){…}  OpPath(method, base, path)  Disclosure(summary, open){…}
//	Words     Number Short Plural Percent Bytes Took Span Ago Date Exact ID
//	Themes    ThemeCSS("#0f766e")
package ui
