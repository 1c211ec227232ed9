using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Niwaki.Onnx;

/// <summary>What this machine's CPU does in 8 bits.</summary>
internal static class Cpu
{
    /// <summary>
    /// Whether products of 8-bit numbers are summed in 32 bits, in hardware or by widening first. On x86 without VNNI,
    /// <c>vpmaddubsw</c> adds two of them in 16 bits and saturates.
    /// </summary>
    public static bool MultipliesInt8 => AdvSimd.IsSupported || HasVnni;

    private static bool HasVnni
    {
        get
        {
            if (!X86Base.IsSupported)
                return true;
            // leaf 7: AVX512_VNNI is ECX bit 11; AVX_VNNI is EAX bit 4 of subleaf 1
            var (highest, _, _, _) = X86Base.CpuId(0, 0);
            if (highest < 7)
                return false;
            var (subleaves, _, features, _) = X86Base.CpuId(7, 0);
            return (features & (1 << 11)) != 0 || (subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0);
        }
    }
}
