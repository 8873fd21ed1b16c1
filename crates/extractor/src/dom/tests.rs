use super::*;
use crate::error::PackLimits;

fn text(html: &str) -> String {
    parse(html, &PackLimits::default()).text_below(DOCUMENT, 1000)
}

#[test]
fn misnested_markup_keeps_its_text_in_order() {
    assert_eq!(text("<b>1<p>2</b>3</p>4"), "1 234");
    assert_eq!(text("<table>a<tr>b<td>c</table>d"), "abcd");
    assert_eq!(text("<table><td>1<a href=x>2<td>3</a>4</table>5"), "12345");
}

#[test]
fn tree_is_linked_both_ways() {
    let dom = parse("<table>x<b>y<p>z</b>w</table><b><i></b>q</i><ul><li>1<li>2", &PackLimits::default());
    for id in 0..dom.len() as NodeId {
        let node = dom.node(id);
        let (mut child, mut last) = (node.first, NONE);
        while child != NONE {
            assert_eq!((dom.node(child).parent, dom.node(child).prev), (id, last));
            last = child;
            child = dom.node(child).next;
        }
        assert_eq!(node.last, last);
    }
}

#[test]
fn page_is_read_on_after_its_charset_and_scripts() {
    let filler = "<p>x</p>".repeat(5000);
    let html = format!("<meta charset=latin1><script>1</script>{filler}<script>2</script>end");
    assert!(parse(&html, &PackLimits::default()).text_below(DOCUMENT, 1 << 20).ends_with("end"));
}

#[test]
fn too_many_nodes_are_cut() {
    let limits = PackLimits { nodes: 1000, ..PackLimits::default() };
    let dom = parse(&"<i></i>".repeat(1_000_000), &limits);
    assert!(dom.truncated && dom.len() < 10_000);
}
