//! The table of units. Factors are written as `numerator/denominator` of the dimension's base unit.

use std::{collections::HashMap, sync::LazyLock};

use rust_decimal::Decimal;

use super::{Dimension, UnitError};

/// A known unit; two names of one unit compare equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit(usize);

struct Row {
    symbol: &'static str,
    dimension: Dimension,
    /// The unit in base units.
    factor: &'static str,
    /// What pages write, apart from the symbol, and the UN/ECE code; compared without case where no case decides.
    names: &'static str,
}

const fn row(symbol: &'static str, dimension: Dimension, factor: &'static str, names: &'static str) -> Row {
    Row { symbol, dimension, factor, names }
}

use Dimension as D;

#[rustfmt::skip]
static ROWS: &[Row] = &[
    row("g", D::Mass, "1", "gram|grams|gramm|gramme|grammes|gramo|gramos|grammo|grammi|gr|GRM"),
    row("kg", D::Mass, "1000", "kgs|kilo|kilos|kilogram|kilograms|kilogramm|kilogramme|kilogrammes|kilogramo|kilogramos|chilogrammo|chilogrammi|chili|KGM"),
    row("mg", D::Mass, "1/1000", "milligram|milligrams|milligramm|milligramme|miligramo|miligramos|milligrammi|MGM"),
    row("µg", D::Mass, "1/1000000", "μg|mcg|microgram|micrograms|mikrogramm"),
    row("t", D::Mass, "1000000", "tonne|tonnes|tonnen|tonelada|toneladas|tonnellate|metric ton|metric tons|TNE"),
    row("lb", D::Mass, "453.59237", "lbs|pound|pounds|pfund|livres|libras|libbre|LBR"),
    row("oz", D::Mass, "28.349523125", "ounce|ounces|unze|unzen|once|onces|onzas|ONZ"),
    row("st", D::Mass, "6350.29318", "stone|stones"),
    row("ct", D::Mass, "1/5", "carat|carats|karat"),
    row("m", D::Length, "1", "meter|meters|metre|metres|mètre|mètres|metro|metros|metri|mtr|MTR"),
    row("cm", D::Length, "1/100", "centimeter|centimeters|centimetre|centimetres|zentimeter|centimètre|centimètres|centímetro|centímetros|centimetri|cms|CMT"),
    row("mm", D::Length, "1/1000", "millimeter|millimeters|millimetre|millimetres|millimètre|millimètres|milímetro|milímetros|millimetri|MMT"),
    row("µm", D::Length, "1/1000000", "μm|micron|microns|micrometer|mikrometer"),
    row("nm", D::Length, "1/1000000000", "nanometer|nanometers|nanometre"),
    row("dm", D::Length, "1/10", "decimeter|dezimeter|DMT"),
    row("km", D::Length, "1000", "kilometer|kilometers|kilometre|kilometres|kilomètre|kilomètres|kilómetro|kilómetros|chilometri|KMT|KTM"),
    row("in", D::Length, "0.0254", "inch|inches|zoll|pouce|pouces|pulgada|pulgadas|pollici|pollice|duim|\"|″|”|''|INH"),
    row("ft", D::Length, "0.3048", "foot|feet|fuß|pied|pieds|pies|piedi|voet|'|′|’|FOT"),
    row("yd", D::Length, "0.9144", "yard|yards|YRD"),
    row("mi", D::Length, "1609.344", "mile|miles|meile|meilen|millas|miglia|SMI"),
    row("m²", D::Area, "1", "m2|qm|sqm|sq m|sq. m|square meter|square meters|square metre|square metres|quadratmeter|mètres carrés|metros cuadrados|metri quadrati|vierkante meter|mq|MTK"),
    row("cm²", D::Area, "1/10000", "cm2|qcm|sq cm|square centimeters|quadratzentimeter|CMK"),
    row("mm²", D::Area, "1/1000000", "mm2|sq mm|quadratmillimeter|MMK"),
    row("km²", D::Area, "1000000", "km2|qkm|sq km|square kilometers|KMK"),
    row("ha", D::Area, "10000", "hectare|hectares|hektar|hectárea|hectáreas|ettari|HAR"),
    row("ft²", D::Area, "0.09290304", "ft2|sq ft|sq. ft|sq. ft.|sqft|square feet|square foot|FTK"),
    row("in²", D::Area, "0.00064516", "in2|sq in|square inches|INK"),
    row("acre", D::Area, "4046.8564224", "acres|ACR"),
    row("l", D::Volume, "1", "L|ltr|liter|liters|litre|litres|litro|litros|litri|lt|lts|dm³|dm3|LTR"),
    row("ml", D::Volume, "1/1000", "mL|milliliter|milliliters|millilitre|millilitres|mililitro|mililitros|millilitri|cm³|cm3|ccm|MLT"),
    row("cl", D::Volume, "1/100", "cL|centiliter|zentiliter|centilitre|centilitres|CLT"),
    row("dl", D::Volume, "1/10", "dL|deciliter|deziliter|decilitre|DLT"),
    row("m³", D::Volume, "1000", "m3|cbm|cubic meter|cubic meters|kubikmeter|mètres cubes|metros cúbicos|metri cubi|MTQ"),
    row("gal", D::Volume, "3.785411784", "gallon|gallons|gallone|gallonen|galón|galones|galloni|us gal|GLL"),
    row("qt", D::Volume, "0.946352946", "quart|quarts|qts|QTL"),
    row("pt", D::Volume, "0.473176473", "pint|pints"),
    row("cup", D::Volume, "0.2365882365", "cups"),
    row("fl oz", D::Volume, "0.0295735295625", "fl. oz|fl. oz.|floz|fluid ounce|fluid ounces|OZA"),
    row("in³", D::Volume, "0.016387064", "in3|cu in|cu. in.|cubic inch|cubic inches|INQ"),
    row("ft³", D::Volume, "28.316846592", "ft3|cu ft|cu. ft.|cubic foot|cubic feet|FTQ"),
    row("W", D::Power, "1", "watt|watts|wattio|wattios|vatios|WTT"),
    row("mW", D::Power, "1/1000", "milliwatt|milliwatts"),
    row("kW", D::Power, "1000", "kilowatt|kilowatts|kilovatios|KWT"),
    row("MW", D::Power, "1000000", "megawatt|megawatts|MAW"),
    row("PS", D::Power, "735.49875", "ch|cv|pk|pferdestärken|chevaux|caballos|cavalli|metric hp"),
    row("hp", D::Power, "745.69987158227022", "bhp|horsepower|BHP"),
    row("J", D::Energy, "1", "joule|joules|JOU"),
    row("kJ", D::Energy, "1000", "kilojoule|kilojoules|KJO"),
    row("Wh", D::Energy, "3600", "watt hour|watt hours|wattstunden|watt-hours|WHR"),
    row("kWh", D::Energy, "3600000", "kilowatt hour|kilowatt hours|kilowattstunde|kilowattstunden|KWH"),
    row("MWh", D::Energy, "3600000000", "megawatt hours"),
    row("kcal", D::Energy, "4184", "kilocalorie|kilocalories|kilokalorien|calories"),
    row("BTU", D::Energy, "1055.05585262", "btus"),
    row("V", D::Voltage, "1", "volt|volts|voltios|vdc|vac|v dc|v ac|VLT"),
    row("mV", D::Voltage, "1/1000", "millivolt|millivolts"),
    row("kV", D::Voltage, "1000", "kilovolt|kilovolts|KVT"),
    row("A", D::Current, "1", "amp|amps|ampere|amperes|ampère|amperios|AMP"),
    row("mA", D::Current, "1/1000", "milliamp|milliamps|milliampere"),
    row("Ah", D::Charge, "1", "amp hour|amp hours|amperestunden|AMH"),
    row("mAh", D::Charge, "1/1000", "milliamp hours|milliamperestunden"),
    row("Hz", D::Frequency, "1", "hertz|HTZ"),
    row("kHz", D::Frequency, "1000", "kilohertz|KHZ"),
    row("MHz", D::Frequency, "1000000", "megahertz|MHZ"),
    row("GHz", D::Frequency, "1000000000", "gigahertz|GHZ"),
    row("rpm", D::Rotation, "1", "r/min|u/min|min⁻¹|1/min|min-1|tr/min|giri/min|revolutions per minute|umdrehungen pro minute|RPM"),
    row("°C", D::Temperature, "1", "℃|° C|º C|ºC|deg C|degrees celsius|grad celsius|celsius|CEL"),
    row("°F", D::Temperature, "5/9", "℉|° F|ºF|deg F|degrees fahrenheit|fahrenheit|FAH"),
    row("K", D::Temperature, "1", "kelvin|KEL"),
    row("s", D::Time, "1", "sec|secs|second|seconds|sek|sekunde|sekunden|seconde|secondes|segundo|segundos|secondi|seconden|SEC"),
    row("ms", D::Time, "1/1000", "millisecond|milliseconds|millisekunden"),
    row("min", D::Time, "60", "mins|minute|minutes|minuten|minuto|minutos|minuti|min.|MIN"),
    row("h", D::Time, "3600", "hr|hrs|hour|hours|std|stunde|stunden|heure|heures|hora|horas|ora|ore|uur|HUR"),
    row("d", D::Time, "86400", "day|days|tag|tage|tagen|jour|jours|día|días|dia|dias|giorno|giorni|dag|dagen|DAY"),
    row("week", D::Time, "604800", "weeks|wk|wks|woche|wochen|semaine|semaines|semana|semanas|settimana|settimane|weken|WEE"),
    row("month", D::Time, "2629746", "months|mo|monat|monate|monaten|mois|mes|meses|mese|mesi|maand|maanden|MON"),
    row("year", D::Time, "31556952", "years|yr|yrs|jahr|jahre|jahren|an|ans|année|années|año|años|anno|anni|jaar|ANN"),
    row("B", D::Data, "1", "byte|bytes|octet|octets"),
    row("kB", D::Data, "1000", "KB|kilobyte|kilobytes"),
    row("MB", D::Data, "1000000", "megabyte|megabytes|Mo"),
    row("GB", D::Data, "1000000000", "gigabyte|gigabytes|Go|gigs"),
    row("TB", D::Data, "1000000000000", "terabyte|terabytes|To"),
    row("KiB", D::Data, "1024", "kibibyte"),
    row("MiB", D::Data, "1048576", "mebibyte"),
    row("GiB", D::Data, "1073741824", "gibibyte"),
    row("TiB", D::Data, "1099511627776", "tebibyte"),
    row("bit", D::Data, "1/8", "bits"),
    row("bit/s", D::DataRate, "1", "bps"),
    row("kbit/s", D::DataRate, "1000", "kbps|kb/s"),
    row("Mbit/s", D::DataRate, "1000000", "Mbps|Mb/s|mbit"),
    row("Gbit/s", D::DataRate, "1000000000", "Gbps|Gb/s|gbit"),
    row("MB/s", D::DataRate, "8000000", "MBps|mbytes/s|mo/s"),
    row("GB/s", D::DataRate, "8000000000", "GBps"),
    row("m/s", D::Speed, "1", "meters per second|MTS"),
    row("m/min", D::Speed, "1/60", "metres per minute"),
    row("km/h", D::Speed, "5/18", "kmh|kph|kilometers per hour|stundenkilometer|KMH"),
    row("mph", D::Speed, "0.44704", "miles per hour|HM"),
    row("kn", D::Speed, "463/900", "knots|knoten|nœuds|KNT"),
    row("Pa", D::Pressure, "1", "pascal|PAL"),
    row("hPa", D::Pressure, "100", "mbar|millibar|MBR"),
    row("kPa", D::Pressure, "1000", "kilopascal|KPA"),
    row("MPa", D::Pressure, "1000000", "megapascal|MPA"),
    row("bar", D::Pressure, "100000", "BAR"),
    row("psi", D::Pressure, "6894.757293168361", "pounds per square inch|lbf/in²"),
    row("Nm", D::Torque, "1", "N·m|N m|N.m|newton meter|newton meters|newtonmeter|newton metre|newton-meter|NU"),
    row("Ncm", D::Torque, "1/100", "newton centimeter"),
    row("lb-ft", D::Torque, "1.3558179483314004", "lb ft|lb·ft|lbf·ft|ft-lb|ft lb|ft-lbs|ft lbs|foot-pounds"),
    row("in-lb", D::Torque, "0.1129848290276167", "in lb|in-lbs|in lbs|inch-pounds"),
    row("N", D::Force, "1", "newton|newtons|NEW"),
    row("kN", D::Force, "1000", "kilonewton"),
    row("°", D::Angle, "1", "degree|degrees|grad|degrés|grados|gradi|graden|DD"),
    row("lm", D::Luminosity, "1", "lumen|lumens|LUM"),
    row("dB", D::Sound, "1", "dB(A)|dBA|decibel|decibels|dezibel|2N"),
    row("Ω", D::Resistance, "1", "Ω|ohm|ohms|OHM"),
    row("kΩ", D::Resistance, "1000", "kΩ|kohm|kiloohm"),
    row("l/min", D::Flow, "1", "L/min|lpm|liters per minute|liter/min|L2"),
    row("l/h", D::Flow, "1/60", "L/h|liters per hour|liter/h"),
    row("m³/h", D::Flow, "50/3", "m3/h|cbm/h|MQH"),
    row("cfm", D::Flow, "28.316846592", "CFM|2L"),
    row("pcs", D::Count, "1", "pc|pcs.|pce|pces|piece|pieces|stück|stk|stk.|st.|pièce|pièces|pieza|piezas|uds|pezzo|pezzi|stuks|unit|units|pack|C62|H87|EA"),
    row("pair", D::Count, "2", "pairs|paar|paire|paires|par|pares|paio|paia|PR"),
    row("dozen", D::Count, "12", "dz|dutzend|douzaine|docena|dozzina|DZN"),
    row("%", D::Share, "1", "percent|per cent|prozent|pour cent|por ciento|per cento|procent|P1"),
    row("‰", D::Share, "1/10", "permille|promille"),
];

struct Table {
    exact: HashMap<&'static str, usize>,
    /// By lower-case name, where no two units share it.
    folded: HashMap<String, Option<usize>>,
    factors: Vec<(Decimal, Decimal)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut exact = HashMap::new();
    let mut folded: HashMap<String, Option<usize>> = HashMap::new();
    for (index, row) in ROWS.iter().enumerate() {
        for name in std::iter::once(row.symbol).chain(row.names.split('|')) {
            exact.entry(name).or_insert(index);
            let seen = folded.entry(name.to_lowercase()).or_insert(Some(index));
            if *seen != Some(index) {
                *seen = None;
            }
        }
    }
    let decimal = |text: &str| text.parse::<Decimal>().expect("a factor of the table is a decimal");
    let factors = ROWS
        .iter()
        .map(|row| row.factor.split_once('/').unwrap_or((row.factor, "1")))
        .map(|(numerator, denominator)| (decimal(numerator), decimal(denominator)))
        .collect();
    Table { exact, folded, factors }
});

impl Unit {
    /// The usual symbol.
    pub fn symbol(self) -> &'static str {
        ROWS[self.0].symbol
    }

    pub fn dimension(self) -> Dimension {
        ROWS[self.0].dimension
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unit({})", self.symbol())
    }
}

/// The unit of a name: as written, else without case.
pub(super) fn find(name: &str) -> Option<Unit> {
    let name = name.trim();
    if name.is_empty() || name.len() > 40 {
        return None;
    }
    let table = &*TABLE;
    let index = table
        .exact
        .get(name)
        .copied()
        .or_else(|| table.folded.get(&name.to_lowercase()).copied().flatten())?;
    Some(Unit(index))
}

/// As [`find`], for a name behind a number in running text, where codes such as `AMP` are no names.
pub(super) fn find_written(name: &str) -> Option<Unit> {
    let name = name.trim_end();
    let unit = find(name)?;
    // One letter in the wrong case is a word or a size: `5 M`, `3 a`.
    let single = name.chars().count() == 1 && !TABLE.exact.contains_key(name);
    (!single).then_some(unit)
}

/// All names with their units.
pub(super) fn names() -> impl Iterator<Item = (&'static str, Unit)> {
    ROWS.iter().enumerate().flat_map(|(index, row)| {
        std::iter::once(row.symbol).chain(row.names.split('|')).map(move |name| (name, Unit(index)))
    })
}

pub(super) fn convert(value: Decimal, from: Unit, to: Unit) -> Result<Decimal, UnitError> {
    if from == to {
        return Ok(value);
    }
    if from.dimension() != to.dimension() {
        return Err(UnitError::Mismatch { from: from.symbol(), to: to.symbol() });
    }
    // Offsets of temperature scales from the kelvin's zero, in the scale's own degrees.
    let zero = |unit: Unit| match unit.symbol() {
        "°C" => Decimal::new(27_315, 2),
        "°F" => Decimal::new(45_967, 2),
        _ => Decimal::ZERO,
    };
    let ((from_n, from_d), (to_n, to_d)) = (TABLE.factors[from.0], TABLE.factors[to.0]);
    let ratio =
        |value: Decimal| value.checked_mul(from_n)?.checked_mul(to_d)?.checked_div(from_d)?.checked_div(to_n);
    value
        .checked_add(zero(from))
        .and_then(ratio)
        .and_then(|base| base.checked_sub(zero(to)))
        .map(|converted| converted.normalize())
        .ok_or(UnitError::TooLarge)
}

#[cfg(test)]
mod tests;
