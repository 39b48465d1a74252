using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;

namespace Crm.Tests.House;

/// <summary>What people really type, in every form in which such a thing is typed: each form reads it by the same rule.</summary>
public sealed class TypedTests(TestPostgres postgres)
{
    /// <summary>A field of a form, how to send it, and what is stored of it.</summary>
    /// <param name="Several">Whether other numbers of the person can be kept beside it.</param>
    private sealed record Place(
        string Name, string Field, Func<string, Dictionary<string, string>?, Task<WebPage>> SendAsync, Func<Task<string>> StoredAsync,
        bool Several = false, bool ByStaff = true)
    {
        /// <summary>What became of it: stored, or the error beside the field.</summary>
        public async Task<string> TryAsync(string typed, Dictionary<string, string>? hidden = null)
        {
            var page = await SendAsync(typed, hidden);
            if (page.Status == HttpStatusCode.OK) return await StoredAsync();
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            var field = page.Html.QuerySelectorAll($".field:has([name='{Field}'])").Single(f => f.QuerySelector(".error") is not null);
            Assert.Equal(typed, field.QuerySelector("input")!.GetAttribute("value"));
            return field.QuerySelector(".error")!.TextContent;
        }
    }

    private sealed class Institute : IAsyncDisposable
    {
        private readonly List<Place> _places = [];
        private int _sent;
        private TestApp _app = null!;
        private Browser _staff = null!;
        private Browser _visitor = null!;
        private Lead _lead = null!;
        private User _user = null!;
        private Course _course = null!;
        private Batch _batch = null!;

        public IEnumerable<Place> PlacesOf(params string[] fields) => _places.Where(p => fields.Contains(p.Field));

        public static async Task<Institute> StartAsync(TestPostgres postgres)
        {
            var app = await TestApp.StartAsync(postgres);
            var institute = new Institute { _app = app, _visitor = app.Browse() };
            institute._course = await app.AddCourseAsync();
            institute._batch = await app.AddBatchAsync(institute._course, seats: 100);
            institute._user = await app.AddUserAsync("Divya Menon");
            institute._lead = await app.AddLeadAsync(institute._course, "Some Body", "some@mail.example", "+919847000001");
            institute._staff = await app.SignInAsync(Roles.Manager);
            institute.AddPlaces();
            return institute;
        }

        public async ValueTask DisposeAsync()
        {
            _staff.Dispose();
            _visitor.Dispose();
            await _app.DisposeAsync();
        }

        private void AddPlaces()
        {
            var (lead, person) = ($"/leads/{_lead.Id}", $"/people/{_lead.PersonId}");
            foreach (var field in new[] { "name", "phone", "email" })
            {
                Add("public form", field, _visitor, "/enquire/CPC", "form#enquiry", Newest(field), several: true, byStaff: false,
                    ("consent", "true"));
                Add("walk-in", field, _staff, "/leads/new", "form[action='/leads']", Newest(field), several: true, byStaff: true,
                    ("course", _course.Id.ToString()), ("source", "WalkIn"), ("consent", "true"));
                Add("details", field, _staff, lead, $"form[action='{person}/details']", Known(field), several: true);
                Add("institute", field, _staff, "/institute", "form[action='/institute']", () => Task.FromResult(field switch
                {
                    "name" => Profile.Name,
                    "phone" => PhoneNumber.Read(Profile.Phone, "IN").Number!.E164,
                    _ => Profile.Email,
                }), several: false);
            }
            Add("certificate", "certificateName", _staff, lead, $"form[action='{person}/details']",
                async () => (await PersonAsync()).CertificateName!.Text);
            Add("guardian", "guardianName", _staff, lead, $"form[action='{person}/details']",
                async () => (await PersonAsync()).Guardian!.Name.Text);
            Add("guardian", "guardianPhone", _staff, lead, $"form[action='{person}/details']",
                async () => (await PersonAsync()).Guardian!.Phone!.E164, several: false, byStaff: true, ("guardianName", "Her Mother"));
            foreach (var field in new[] { "phone", "email" })
                Add("another", field, _staff, lead, $"form[action='{person}/contact-points']", Known(field, last: true), several: true);
            Add("staff", "name", _staff, $"/users/{_user.Id}", $"form[action='/users/{_user.Id}']",
                async () => (await _app.LoadAsync<User>(_user.Id)).Name);
            Add("staff", "phone", _staff, $"/users/{_user.Id}", $"form[action='/users/{_user.Id}']",
                async () => (await _app.LoadAsync<User>(_user.Id)).Phone!.E164);
            Add("new staff", "email", _staff, "/users", "form[action='/users']",
                async () => (await _app.AllAsync<User>()).Single(u => u.Name == "New Person").Email, several: false, byStaff: true,
                ("name", "New Person"));
            Add("fee", "fee", _staff, $"/courses/{_course.Id}", $"form[action='/courses/{_course.Id}']",
                async () => (await _app.LoadAsync<Course>(_course.Id)).Fee.ToString());
            Add("offer", "discount", _staff, lead, $"form[action='{lead}/offers']",
                async () => (await _app.LoadAsync<Lead>(_lead.Id)).Offer!.Discount.ToString(), several: false, byStaff: true,
                ("batchId", _batch.Id.ToString()));
        }

        private InstituteProfile Profile => _app.Get<CurrentInstitute>().Profile;

        public async Task<IReadOnlyList<string>> NumbersAsync() =>
            [.. (await _app.AllAsync<Person>()).SelectMany(p => p.Phones).Select(p => p.Number.E164)];

        private Task<Person> PersonAsync() => _app.PersonOfAsync(_lead);

        private void Add(string name, string field, Browser browser, string page, string form, Func<Task<string>> stored,
            bool several = false, bool byStaff = true, params (string Field, string Value)[] others) => _places.Add(new Place(
            $"{name}: {field}", field, async (typed, hidden) =>
            {
                var values = others.ToDictionary(o => o.Field, o => o.Value);
                if (values.ContainsKey("consent")) Introduce(values);
                foreach (var (key, value) in hidden ?? []) values[key] = value;
                values[field] = typed;
                await browser.GetAsync(page);
                return await browser.SubmitAsync(form, values);
            }, stored, several, byStaff));

        // Somebody whom nobody knows, a second later than the one before.
        private void Introduce(Dictionary<string, string> values)
        {
            _app.Time.Advance(TimeSpan.FromSeconds(1));
            _sent++;
            values["name"] = $"Any{(char)('a' + _sent / 26)}{(char)('a' + _sent % 26)} Body";
            values["phone"] = $"98470 3{_sent:0000}";
        }

        private Func<Task<string>> Newest(string field) => async () =>
            Say((await _app.AllAsync<Person>()).MaxBy(p => p.RegisteredAt)!, field, last: false);

        private Func<Task<string>> Known(string field, bool last = false) => async () => Say(await PersonAsync(), field, last);

        private static string Say(Person person, string field, bool last) => field switch
        {
            "name" => person.Name.Text,
            "phone" => (last ? person.Phones[^1] : person.Phones[0]).Number.E164,
            _ => (last ? person.Emails[^1] : person.Emails[0]).Address.Text,
        };
    }

    private static string Digits(int i) => $"98470 2{i:0000}";

    [Fact]
    public async Task A_number_is_read_in_every_form_however_it_is_written()
    {
        await using var institute = await Institute.StartAsync(postgres);
        var i = 0;

        foreach (var place in institute.PlacesOf("phone", "guardianPhone"))
            foreach (var way in new Func<string, string>[]
            {
                d => d.Replace(' ', '\u202F'), d => $"+91 \u2066{d}\u2069", d => d.Replace(' ', '\uFEFF'),
                d => $"0091-{d.Replace(' ', '-')} (mother)",
                d => string.Concat(d.Select(c => c == ' ' ? ' ' : (char)('൦' + c - '0'))),
                d => string.Concat(d.Select(c => c == ' ' ? '\u3000' : (char)('０' + c - '0'))),
            })
            {
                var digits = Digits(++i);
                Assert.Equal($"{place.Name} +91{digits.Replace(" ", "")}", $"{place.Name} {await place.TryAsync(way(digits))}");
            }
    }

    [Fact]
    public async Task Two_numbers_in_one_field_are_both_kept_or_one_is_asked_for()
    {
        await using var institute = await Institute.StartAsync(postgres);
        var i = 0;

        foreach (var place in institute.PlacesOf("phone", "guardianPhone"))
            foreach (var way in new[] { "{0} / {1}", "{0} (WhatsApp {1})", "{0}\u2028{1}" })
            {
                var (one, two) = (Digits(++i), Digits(++i));
                var said = await place.TryAsync(string.Format(way, one, two));
                var expected = !place.Several ? $"Enter one number here; these are 2: +91 {one}, +91 {two}."
                    : "+91" + (place.Name == "another: phone" ? two : one).Replace(" ", "");
                Assert.Equal($"{place.Name} {expected}", $"{place.Name} {said}");
                if (place.Several) Assert.Contains("+91" + two.Replace(" ", ""), await institute.NumbersAsync());
            }
    }

    [Fact]
    public async Task A_number_that_nobody_has_is_refused_and_staff_are_asked_about_one_that_looks_made_up()
    {
        await using var institute = await Institute.StartAsync(postgres);
        var number = PhoneNumber.Read("98989 89898", "IN").Number!;

        foreach (var place in institute.PlacesOf("phone", "guardianPhone"))
        {
            foreach (var typed in new[] { "1234567890", "9999999999", "+91 88888 88888" })
                Assert.StartsWith("Nobody has the number ", await place.TryAsync(typed));
            if (place.ByStaff)
                Assert.Equal($"{number.Grouped} looks made up. If it is right, send it again.", await place.TryAsync("98989 89898"));
            // What the refused form carries along when it is sent again.
            var asked = new Dictionary<string, string> { [Form.AskedAbout(place.Field)] = number.E164 };
            if (place.Name == "another: phone") continue; // it is known from the details
            Assert.Equal($"{place.Name} {number.E164}", $"{place.Name} {await place.TryAsync("98989 89898", asked)}");
            // As it stands there, nobody is asked again.
            if (place.Name is "details: phone" or "institute: phone" or "staff: phone")
                Assert.Equal(number.E164, await place.TryAsync(number.Grouped));
        }
    }

    [Fact]
    public async Task A_name_has_a_letter_that_can_be_seen_and_is_kept_as_it_is_seen()
    {
        await using var institute = await Institute.StartAsync(postgres);
        (string, string)[] kept =
        [
            ("Anjali \u202EPM", "Anjali PM"), ("\u200BAnjali\u2066  Nair\uFEFF", "Anjali Nair"), ("അനിൽ\u200Cകുമാർ", "അനിൽ\u200Cകുമാർ"),
            ("O’Brien", "O’Brien"), ("K. P. Anoop", "K. P. Anoop"),
        ];

        foreach (var place in institute.PlacesOf("name", "certificateName", "guardianName"))
        {
            foreach (var (typed, name) in kept)
                Assert.Equal($"{place.Name} {name}", $"{place.Name} {await place.TryAsync(typed)}");
            if (place.Field == "name")
                foreach (var typed in new[] { "\u200B\u200B", "\u00AD", "\uFE0F\u2060 \u200E" })
                    Assert.StartsWith("Enter ", await place.TryAsync(typed));
            // The institute may be called after its website.
            if (place.Name != "institute: name")
                foreach (var typed in new[] { "You won: claim at https://prize.example/win", "www.prize.example", "anu@prize.example" })
                    Assert.EndsWith("without links or addresses.", await place.TryAsync(typed));
        }
    }

    [Fact]
    public async Task An_address_is_taken_without_what_stands_around_it_or_refused_where_no_message_can_carry_it()
    {
        await using var institute = await Institute.StartAsync(postgres);
        (string, string)[] taken =
        [
            ("\u200Bone{0}@mail.example\uFEFF", "one{0}@mail.example"), ("Anjali <two{0}@mail.example>", "two{0}@mail.example"),
            ("mailto:three{0}@mail.example,", "three{0}@mail.example"), ("o'brien{0}@mail.example", "o'brien{0}@mail.example"),
            ("Anjali.Nair{0}+cpc@Mail.Example", "anjali.nair{0}+cpc@mail.example"),
        ];
        var i = 0;

        foreach (var place in institute.PlacesOf("email"))
        {
            foreach (var typed in new[] { "a.@mail.example", "a@[127.0.0.1]", "a@-mail.example", "x?bcc=other@evil.example" })
                Assert.Equal("Enter an email address like name@example.com.", await place.TryAsync(typed));
            foreach (var (typed, address) in place.Name == "new staff: email" ? taken[..1] : taken)
            {
                i++;
                Assert.Equal($"{place.Name} {string.Format(address, i)}", $"{place.Name} {await place.TryAsync(string.Format(typed, i))}");
            }
        }
    }

    [Fact]
    public async Task An_amount_is_what_people_mean_by_it_or_refused_with_an_example()
    {
        await using var institute = await Institute.StartAsync(postgres);
        (string, string)[] lines =
        [
            ("35,000/-", "35000.00"), ("Rs. 35000", "35000.00"), ("Rs 35,000", "35000.00"), ("₹ 35,000.50 only", "35000.50"),
            ("൩൫൦൦൦", "35000.00"), ("1,00\u200B,000", "100000.00"),
            ("35000,50", "such as 35000 or 35,000, with paise behind a point: 35000.50."),
            ("3,50,00", "such as 35000 or 35,000, with paise behind a point: 35000.50."),
            ("-35000", "without a minus or brackets."), ("much", "in rupees, such as 35000."),
        ];

        foreach (var place in institute.PlacesOf("fee", "discount"))
            foreach (var (typed, became) in lines)
                Assert.EndsWith(became, await place.TryAsync(typed));
    }
}
