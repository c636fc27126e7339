# Thin: Meson and Ninja do the work. "make check" and "make demo" need nothing installed before.
BUILD = build

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD)

demo:
	scripts/demo

check:
	scripts/check

bench:
	scripts/bench

install: all
	meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) $(BUILD)-*

.PHONY: all demo check bench install clean
