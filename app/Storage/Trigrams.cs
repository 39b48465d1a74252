using Weasel.Postgresql;
using Weasel.Postgresql.Functions;

namespace Crm.Storage;

/// <summary>
/// An index for a part of a word. PostgreSQL's own trigrams take for letters what the database's locale calls so: in locale C, which
/// the private server has, those of Malayalam are none, and each search would read every row. These go by characters alone.
/// </summary>
public static class Trigrams
{
    private const int Length = 3;
    private const string Name = $"{MartenSetup.Schema}.trigrams";

    // Written as PostgreSQL shows it again: so the schema is compared. Loops take a quarter of what one statement would: each start of a
    // statement costs more than the thirty steps of a name. What comes twice is in the index once.
    private const string Sql = $"""
        CREATE OR REPLACE FUNCTION {Name}(words text)
         RETURNS text[]
         LANGUAGE plpgsql
         IMMUTABLE PARALLEL SAFE STRICT
        AS $function$
        declare
            found text[] := array[]::text[];
            word text;
        begin
            foreach word in array string_to_array(words, ' ') loop
                for at in 1 .. char_length(word) - 2 loop found := found || substr(word, at, 3); end loop;
            end loop;
            return found;
        end
        $function$;
        """;

    internal static Function Function => Function.ForSql(Sql);

    /// <summary>The columns of a GIN index on the text for which "?" stands.</summary>
    public const string Mask = $"{Name}((?)::text)";

    /// <returns>A condition that the text in a column contains this one, with its values: answered from the index where the text has a
    /// word of three characters or more.</returns>
    public static (string Sql, object[] Values) Contains(string column, string text)
    {
        var (read, pattern) = Reads(column, text);
        // Of shorter words alone the index knows nothing: it would have to be read whole.
        return text.Split(' ').Any(word => word.EnumerateRunes().Count() >= Length)
            ? ($"{Name}({column}::text) @> {Name}(?) and {read}", [text, .. pattern])
            : (read, pattern);
    }

    /// <returns>The same condition for who has the text before them, without the index.</returns>
    public static (string Sql, object[] Values) Reads(string column, string text) =>
        ($"{column} like ?", ["%" + text.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%"]);
}
