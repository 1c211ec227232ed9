using System.Buffers.Binary;
using System.Text;

namespace Niwaki.Tests;

/// <summary>Writes pickles instruction by instruction, also those that no honest writer would make.</summary>
internal sealed class PickleBytes
{
    private readonly MemoryStream bytes = new();

    public PickleBytes(byte protocol = 2) => Raw(0x80, protocol);

    public byte[] ToArray() => bytes.ToArray();

    public PickleBytes Raw(params ReadOnlySpan<byte> code)
    {
        bytes.Write(code);
        return this;
    }

    public PickleBytes Op(char code) => Raw((byte)code);

    public PickleBytes Stop() => Op('.');

    public PickleBytes Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleBytes Call() => Op('R');

    /// <summary>A value of plain data, a <see cref="StoredTensor"/> or a tuple.</summary>
    public PickleBytes Value(object? value)
    {
        switch (value)
        {
            case null:
                return Op('N');
            case bool flag:
                return Raw((byte)(flag ? 0x88 : 0x89));
            case int number:
                return Int(number);
            case long number:
                Span<byte> wide = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(wide, number);
                return Raw(0x8a, 8).Raw(wide);
            case double number:
                Span<byte> real = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(real, number);
                return Op('G').Raw(real);
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                Span<byte> length = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
                return Op('X').Raw(length).Raw(utf8);
            case object?[] tuple:
                Op('(');
                Array.ForEach(tuple, item => Value(item));
                return Op('t');
            case IEnumerable<KeyValuePair<string, object?>> dictionary:
                Raw((byte)'}', (byte)'(');
                foreach (var (key, item) in dictionary)
                    Value(key).Value(item);
                return Op('u');
            case StoredTensor tensor:
                return Tensor(tensor);
            case Action<PickleBytes> write:
                write(this);
                return this;
            default:
                throw new ArgumentException($"{value.GetType()} is not written here.", nameof(value));
        }
    }

    private PickleBytes Tensor(StoredTensor tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        Storage(tensor).Int(tensor.Offset);
        Value(Array.ConvertAll(tensor.Sizes, size => (object?)size)).Value(Array.ConvertAll(tensor.Strides, stride => (object?)stride));
        return Value(false).Global("collections", "OrderedDict").Op(')').Call().Op('t').Call();
    }

    public PickleBytes Storage(StoredTensor tensor)
    {
        Op('(').Value("storage").Global("torch", tensor.Class).Value(tensor.Key).Value("cpu").Int(tensor.Count);
        if (tensor.Legacy)
            Value(null);
        return Op('t').Op('Q');
    }

    private PickleBytes Int(int number)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(four, number);
        return Op('J').Raw(four);
    }
}
