using Crm.Institute;

namespace Crm.Fees;

/// <summary>Who issued a receipt, and how they wrote amounts: as it was on that day, whatever the institute is called since.</summary>
public sealed record ReceiptIssuer(
    string Name, string Tagline, string Address, string Phone, string Email, string CurrencySymbol, string CurrencyWord,
    string CurrencyMinorWord, DigitGrouping Grouping, Noun CourseWord, Noun BatchWord)
{
    public static ReceiptIssuer Of(InstituteProfile p) => new(p.Name, p.Tagline, p.Address, p.Phone, p.Email, p.CurrencySymbol,
        p.CurrencyWord, p.CurrencyMinorWord, p.Grouping, p.CourseWord, p.BatchWord);

    /// <summary>The institute as papers show it.</summary>
    public CurrentInstitute OnPaper() => new(new InstituteProfile
    {
        Name = Name,
        Tagline = Tagline,
        Address = Address,
        Phone = Phone,
        Email = Email,
        CurrencySymbol = CurrencySymbol,
        CurrencyWord = CurrencyWord,
        CurrencyMinorWord = CurrencyMinorWord,
        Grouping = Grouping,
        CourseWord = CourseWord,
        BatchWord = BatchWord,
    });
}
