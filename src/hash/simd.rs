//! The inner loop of MinHash, compiled for AVX2 and chosen at run time; the only file with `unsafe`.
//!
//! One loop, compiled twice: for the instructions that every processor of the target has, and for AVX2, which does eight 32-bit
//! slots in one instruction. It is integer arithmetic on the same code, so the bits are equal; tests compare both with
//! the formula all the same.

// `deny` stays for the rest of the crate.
#![allow(unsafe_code)]

/// Slots that stay in registers while the inputs pass: four AVX2 registers each of multipliers, addends and minima leave
/// four of sixteen for the input and what is between. Fewer do not hide the latency of a multiplication.
const WIDE: usize = 32;

/// Slots of the last groups, where the number of slots is no multiple of [`WIDE`].
const NARROW: usize = 8;

/// Constants of the maps `x → multiply[i] · x + add[i]` in wrapping `u32`.
#[derive(Debug, Clone, Default)]
pub(super) struct Maps {
    pub multiply: Vec<u32>,
    pub add: Vec<u32>,
}

/// Proof that the processor has AVX2: [`Avx2::detect`] alone makes one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Asks the processor (once; the answer is kept by the standard library).
    pub fn detect() -> Option<Avx2> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Some(Avx2(()));
        }
        None
    }
}

/// Lowers each slot to the minimum of its map over the inputs. Inputs may come in pieces; slots begin at [`u32::MAX`].
pub(super) fn minima(avx2: Option<Avx2>, maps: &Maps, inputs: &[u32], slots: &mut [u32]) {
    match avx2 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has AVX2, for an `Avx2` is made nowhere but where that has been detected.
        Some(Avx2(())) => unsafe { minima_avx2(maps, inputs, slots) },
        _ => minima_everywhere(maps, inputs, slots),
    }
}

/// # Safety
///
/// The processor must have AVX2. That is all: the body is safe code.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn minima_avx2(maps: &Maps, inputs: &[u32], slots: &mut [u32]) {
    minima_everywhere(maps, inputs, slots);
}

#[inline(always)]
fn minima_everywhere(maps: &Maps, inputs: &[u32], slots: &mut [u32]) {
    let whole = slots.len() / WIDE * WIDE;
    let (multiply, add) = (maps.multiply.split_at(whole), maps.add.split_at(whole));
    let (wide, narrow) = slots.split_at_mut(whole);
    groups::<WIDE>(multiply.0, add.0, inputs, wide);
    groups::<NARROW>(multiply.1, add.1, inputs, narrow);
}

/// `N` slots after `N` slots, all inputs for each.
#[inline(always)]
fn groups<const N: usize>(multiply: &[u32], add: &[u32], inputs: &[u32], slots: &mut [u32]) {
    let maps = multiply.chunks_exact(N).zip(add.chunks_exact(N));
    for ((multiply, add), slots) in maps.zip(slots.chunks_exact_mut(N)) {
        let (mut a, mut b, mut lowest) = ([0; N], [0; N], [0; N]);
        a.copy_from_slice(multiply);
        b.copy_from_slice(add);
        lowest.copy_from_slice(slots);
        for &x in inputs {
            for lane in 0..N {
                lowest[lane] = lowest[lane].min(x.wrapping_mul(a[lane]).wrapping_add(b[lane]));
            }
        }
        slots.copy_from_slice(&lowest);
    }
}
