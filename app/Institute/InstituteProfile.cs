using System.Text.Json.Serialization;

namespace Crm.Institute;

public enum DigitGrouping { Indian, Western }

/// <summary>Where the tax of a fee is: within it, or added on top of it when a seat is agreed.</summary>
public enum FeeTax { Within, OnTop }

/// <summary>
/// The institute that runs this installation, as its managers have described it. There is one; without it nobody is written to.
/// </summary>
public sealed class InstituteProfile : JasperFx.Metadata.IVersioned
{
    /// <summary>The one profile's id.</summary>
    public static readonly Guid TheOne = new("00000000-0000-0000-0000-000000000001");

    public Guid Id { get; set; } = TheOne;

    /// <summary>Marten's: who saves a profile that changed since it was read is refused.</summary>
    public Guid Version { get; set; }
    public string Name { get; set; } = "";
    public string Tagline { get; set; } = "";
    public string Address { get; set; } = "";

    /// <summary>As it is printed, such as "+91 484 290 0100".</summary>
    public string Phone { get; set; } = "";

    /// <summary>Where replies go to, and the sender of emails where the settings name no other.</summary>
    public string Email { get; set; } = "";
    public string Website { get; set; } = "";

    /// <summary>What the home page says below the tagline; a blank line begins a new paragraph.</summary>
    public string HomeText { get; set; } = "";

    /// <summary>The title that search engines and browser tabs show for the home page.</summary>
    public string HomeTitle { get; set; } = "";

    /// <summary>How to join, as the brochure numbers it: one step a line.</summary>
    public string BrochureSteps { get; set; } = "";

    /// <summary>What the enrolment letter says after naming the course.</summary>
    public string LetterText { get; set; } = "";

    /// <summary>What people often ask before they decide: the email after an unanswered enquiry names it.</summary>
    public string CommonQuestions { get; set; } = "";

    /// <summary>Region whose phone numbers may be typed without a country code (ISO 3166-1 alpha-2).</summary>
    public string PhoneRegion { get; set; } = "IN";
    public string CurrencySymbol { get; set; } = "₹";

    /// <summary>What the currency is called in a sentence.</summary>
    public string CurrencyWord { get; set; } = "rupees";
    public string CurrencyMinorWord { get; set; } = "paise";
    public DigitGrouping Grouping { get; set; }

    /// <summary>The month, 1 to 12, in which the financial year begins.</summary>
    public int FinancialYearStart { get; set; } = 4;

    /// <summary>Stands before the numbers of receipts: up to four letters and digits, after which a hyphen or slash may stand.</summary>
    public string ReceiptPrefix { get; set; } = "R";

    /// <summary>The number under which the institute is registered for goods and services tax; empty where it is not.</summary>
    public string Gstin { get; set; } = "";

    /// <summary>The state where the institute is, by the two digits that its GSTIN begins with.</summary>
    [JsonIgnore]
    public string StateCode => Gstin.Length > 2 ? Gstin[..2] : "";

    /// <summary>The services accounting code of what is taught; 999293 is commercial training.</summary>
    public string Sac { get; set; } = "999293";

    /// <summary>Tax in hundredths of the taxable value.</summary>
    public decimal TaxRate { get; set; } = 18;

    public FeeTax FeeTax { get; set; }

    /// <summary>Whether payments have tax invoices and no plain receipts.</summary>
    [JsonIgnore] public bool IsTaxRegistered => Gstin.Length > 0;

    /// <summary>Whether tax is added to what is agreed for a seat.</summary>
    [JsonIgnore] public bool AddsTax => IsTaxRegistered && FeeTax == FeeTax.OnTop && TaxRate > 0;

    /// <summary>What stands behind a fee where more than that is paid, such as " + 18% GST"; else empty.</summary>
    [JsonIgnore] public string FeeNote => AddsTax ? FormattableString.Invariant($" + {TaxRate:0.###}% GST") : "";

    /// <summary>The most that a counsellor takes off a fee without asking a manager, in hundredths of it; null where any is theirs.
    /// </summary>
    public decimal? CounsellorDiscountPercent { get; set; }

    /// <summary>The same as an amount. Where both are set, the lower counts.</summary>
    public Money? CounsellorDiscountAmount { get; set; }

    /// <returns>The most that a counsellor takes off a fee without asking; null where there is no limit.</returns>
    public Money? CounsellorCeiling(Money fee)
    {
        Money? share = CounsellorDiscountPercent is { } percent ? new Money((long)decimal.Floor(fee.Paise * percent / 100)) : null;
        return share < CounsellorDiscountAmount ? share : CounsellorDiscountAmount ?? share;
    }

    /// <summary>The address to which fees are paid by UPI (VPA), such as <c>periyar@bank</c>; empty where there is none.</summary>
    public string UpiPayee { get; set; } = "";

    /// <summary>What the bank calls the owner of that address; empty where that is the institute's name.</summary>
    public string UpiName { get; set; } = "";

    /// <summary>Whether fees are in the rupees of India, the only money that UPI moves: Nepal and Sri Lanka have rupees of their own.
    /// </summary>
    [JsonIgnore] public bool ChargesInIndianRupees => CurrencySymbol is "₹" or "INR" || PhoneRegion == "IN" && CurrencyWord == "rupees";

    /// <summary>When those who owe an instalment are reminded by email, in days from its own; empty for never.</summary>
    public List<int> ReminderDays { get; set; } = [-3, 0, 3, 7];

    /// <summary>What who gives up a seat gets back.</summary>
    public RefundPolicy Refunds { get; set; } = new();

    /// <summary>How long a free seat is held for who waits for it, in hours.</summary>
    public int HoldHours { get; set; } = 48;

    /// <summary>From which attendance on a certificate is given, in hundredths of the days.</summary>
    public int CertificatePercent { get; set; } = 75;

    /// <summary>Whether counsellors see everybody's leads, or only people who have a lead in their own hands.</summary>
    public bool CounsellorsSeeAll { get; set; } = true;

    /// <summary>Whether managers need more than a password to sign in.</summary>
    public bool ManagersNeedSecondFactor { get; set; }

    /// <summary>What this institute calls a course, a batch and a module.</summary>
    public Noun CourseWord { get; set; } = new("course", "courses");
    public Noun BatchWord { get; set; } = new("batch", "batches");
    public Noun ModuleWord { get; set; } = new("module", "modules");

    /// <summary>The address of a link that calls the institute; of one without digits nothing comes.</summary>
    [JsonIgnore] public string PhoneLink => "tel:" + string.Concat(Phone.Where(c => c == '+' || char.IsAsciiDigit(c)));

    /// <summary>The address of a link that opens an email to the institute.</summary>
    [JsonIgnore] public string EmailLink => Email.Length == 0 ? "" : EmailAddress.FromStored(Email).MailtoHref;

    public IEnumerable<string> HomeParagraphs() =>
        HomeText.Replace("\r", "").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What has to be filled in before anybody is written to, in words.</summary>
    public IEnumerable<string> Missing()
    {
        if (Name.Length == 0) yield return "name";
        if (Address.Length == 0) yield return "address";
        if (Phone.Length == 0) yield return "phone";
        if (Email.Length == 0) yield return "email";
    }

    public bool IsComplete() => !Missing().Any();
}
