using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Institute;

/// <summary>An amount of money in paise (hundredths of whatever the institute charges in), below zero for what is owed the other way.
/// In JSON a number of paise. Sums that do not fit are an <see cref="OverflowException"/>. <see cref="MoneyStyle"/> reads and shows
/// it.</summary>
[JsonConverter(typeof(MoneyConverter))]
public readonly record struct Money(long Paise) : IComparable<Money>
{
    private const int PaiseInARupee = 100;

    public static readonly Money Zero;

    /// <exception cref="ArgumentException">The amount is not a whole number of paise.</exception>
    /// <exception cref="OverflowException">The amount is beyond 92 thousand million million.</exception>
    public static Money FromRupees(decimal rupees)
    {
        var paise = rupees * PaiseInARupee;
        return decimal.Truncate(paise) == paise
            ? new Money((long)paise)
            : throw new ArgumentException($"{rupees} is not a whole number of paise.", nameof(rupees));
    }

    public static Money operator +(Money a, Money b) => new(checked(a.Paise + b.Paise));

    public static Money operator -(Money a, Money b) => new(checked(a.Paise - b.Paise));

    public static Money operator -(Money amount) => new(checked(-amount.Paise));

    public static Money operator *(Money amount, int times) => new(checked(amount.Paise * times));

    public static bool operator <(Money a, Money b) => a.Paise < b.Paise;

    public static bool operator >(Money a, Money b) => a.Paise > b.Paise;

    public static bool operator <=(Money a, Money b) => a.Paise <= b.Paise;

    public static bool operator >=(Money a, Money b) => a.Paise >= b.Paise;

    /// <summary>Parts that add up to this: all of whole rupees and equal but for the first, which carries what does not divide. No part is
    /// zero, so a small amount comes in fewer parts than were asked for: at least one, which is zero only where this is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one part is asked for.</exception>
    /// <exception cref="InvalidOperationException">This is below zero.</exception>
    public IReadOnlyList<Money> Split(int parts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        if (Paise < 0) throw new InvalidOperationException($"{this} is below zero and cannot be paid in parts.");
        var wholeRupees = Paise / PaiseInARupee;
        var count = (int)Math.Clamp(wholeRupees, 1, parts);
        var each = new Money(wholeRupees / count * PaiseInARupee);
        var first = this - each * (count - 1);
        return [first, .. Enumerable.Repeat(each, count - 1)];
    }

    public int CompareTo(Money other) => Paise.CompareTo(other.Paise);

    /// <summary>For logs, in no institute's style: <c>35000.00</c>.</summary>
    public override string ToString() => (Paise / (decimal)PaiseInARupee).ToString("0.00", CultureInfo.InvariantCulture);

    private sealed class MoneyConverter : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Paise);
    }
}

/// <summary>What an amount is in other units. It is kept off <see cref="Money"/>, whose only property is what is stored, as Marten
/// wants it.</summary>
public static class MoneyForms
{
    extension(Money amount)
    {
        /// <summary>The amount in rupees, with paise as decimals.</summary>
        public decimal Rupees => amount.Paise / 100m;
    }
}
